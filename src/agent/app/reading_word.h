#pragma once
// reading_word is what a page hears where a card or a code was not read: a word of trail::is_reason.
//
// Internal to src/agent/app. PURE.
#include "base/errc.h"

namespace kw::agent {

[[nodiscard]] constexpr const char* reading_word(Errc code) noexcept {
  switch (code) {
    case Errc::timeout:
      return "timeout";  // nothing was shown
    case Errc::cancelled:
      return "no_session";
    case Errc::not_found:
    case Errc::unavailable:
    case Errc::not_permitted:
    case Errc::io:
    case Errc::closed:
      return "reader_unavailable";
    default:
      return "unreadable";  // a card of another kind, or damaged
  }
}

}  // namespace kw::agent
