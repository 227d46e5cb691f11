#pragma once
// ClientData is what the browser says about a ceremony (WebAuthn Level 2 section 5.8.1), and base64url, the form in
// which it says most things (RFC 4648 section 5, without padding). PURE.
#include <string>

#include "base/bytes.h"

namespace kw::webauthn {

inline constexpr std::size_t kMostClientData = 8 * 1024;

struct ClientData {
  std::string type, origin;
  Bytes challenge;
  bool cross_origin = false;  // asked for from within another site's frame
};
/// parse_client_data: Errc::malformed or too_large. Members that are not known are passed over, as section 5.8.1 wants.
Result<ClientData> parse_client_data(ByteView json);

[[nodiscard]] std::string to_base64url(ByteView octets);
/// from_base64url: Errc::malformed for padding and for anything that is not canonical.
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

}  // namespace kw::webauthn
