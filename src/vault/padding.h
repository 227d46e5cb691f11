#pragma once
// padded adds 0x80 and zeros up to whole 32 octets, and unpadded takes them off: a ciphertext tells its length in steps
// of 32 alone.
//
// ISO/IEC 7816-4. What unpadded gets has been authenticated; Errc::decrypt_failed all the same. PURE.
#include "base/secret.h"

namespace kw::vault {

inline constexpr std::size_t kPadStep = 32;

[[nodiscard]] SecretBytes padded(ByteView plain);
Result<SecretBytes> unpadded(const SecretBytes& padded);

}  // namespace kw::vault
