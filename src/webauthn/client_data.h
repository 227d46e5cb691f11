#pragma once
// ClientData is what the browser says about a ceremony (WebAuthn Level 2 section 5.8.1). PURE.
#include <string>

#include "base/base64url.h"  // the form in which it says most things

namespace kw::webauthn {

inline constexpr std::size_t kMostClientData = 8 * 1024;

struct ClientData {
  std::string type, origin;
  Bytes challenge;
  bool cross_origin = false;  // asked for from within another site's frame
};
/// parse_client_data: Errc::malformed or too_large. Members that are not known are passed over, as section 5.8.1 wants.
Result<ClientData> parse_client_data(ByteView json);

}  // namespace kw::webauthn
