#include "base/errc.h"

namespace kw {

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::truncated: return "truncated";
    case Errc::malformed: return "malformed";
    case Errc::too_large: return "too_large";
    case Errc::unsupported: return "unsupported";
    case Errc::trailing_data: return "trailing_data";
    case Errc::decrypt_failed: return "decrypt_failed";
    case Errc::bad_signature: return "bad_signature";
    case Errc::bad_key: return "bad_key";
    case Errc::crypto_failed: return "crypto_failed";
    case Errc::untrusted: return "untrusted";
    case Errc::expired: return "expired";
    case Errc::not_yet_valid: return "not_yet_valid";
    case Errc::revoked: return "revoked";
    case Errc::wrong_usage: return "wrong_usage";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::conflict: return "conflict";
    case Errc::wrong_state: return "wrong_state";
    case Errc::unauthenticated: return "unauthenticated";
    case Errc::forbidden: return "forbidden";
    case Errc::rate_limited: return "rate_limited";
    case Errc::invalid: return "invalid";
    case Errc::io: return "io";
    case Errc::no_space: return "no_space";
    case Errc::timeout: return "timeout";
    case Errc::cancelled: return "cancelled";
    case Errc::closed: return "closed";
    case Errc::unavailable: return "unavailable";
    case Errc::not_permitted: return "not_permitted";
    case Errc::corrupt: return "corrupt";
    case Errc::internal: return "internal";
  }
  return "unknown";
}

}  // namespace kw
