#pragma once
// UkeyMessage is the line that a person's UKey signs to log in: it says in words what the signature is good for, so
// that it is good for nothing else.
//
//   kioskward-ukey/1 login platform secadmin 39c0e752…d408
//
// Words with one blank between: purpose ("login", "confirm", "add"), the platform's name, the account, the challenge in
// hex. Signed as it stands, with SM2, SM3 and the default ID. PURE.
#include <string>

#include "base/bytes.h"

namespace kw::pki {

struct UkeyMessage {
  std::string purpose, platform, account;
  Bytes challenge;  // 32 octets
  [[nodiscard]] std::string text() const;
};
/// parse_ukey_message: Errc::malformed for anything that text() does not write.
Result<UkeyMessage> parse_ukey_message(std::string_view line);

}  // namespace kw::pki
