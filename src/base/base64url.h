#pragma once
// to_base64url and from_base64url write octets in the alphabet of RFC 4648 section 5, without padding: the form of
// WebAuthn and JOSE. PURE; any thread.
#include <string>

#include "base/bytes.h"

namespace kw {

[[nodiscard]] std::string to_base64url(ByteView octets);
/// from_base64url: Errc::malformed for padding and for anything that is not canonical.
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

}  // namespace kw
