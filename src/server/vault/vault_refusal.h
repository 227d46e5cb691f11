#pragma once
// vault_refusal makes an error whose detail begins with a word of trail::is_reason, and refusal_word takes it out
// again.
//
// PURE.
#include "base/result.h"
#include "trail/words.h"

namespace kw::server {

[[nodiscard]] inline Error vault_refusal(Errc code, std::string_view word, const std::string& detail) {
  return Error(code, std::string(word) + (detail.empty() ? "" : ": " + detail));
}
/// refusal_word is empty where the error is none of these.
[[nodiscard]] inline std::string refusal_word(const Error& error) {
  const auto word = error.detail().substr(0, error.detail().find(':'));
  return trail::is_reason(word) ? std::string(word) : std::string();
}

}  // namespace kw::server
