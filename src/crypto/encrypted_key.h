#pragma once
// seal_pkcs8 and open_pkcs8 are an SM2 key under a passphrase: PEM "ENCRYPTED PRIVATE KEY", as openssl reads and
// writes.
//
// PKCS#8 with PBES2 (RFC 8018), scrypt (RFC 7914, N 16384, r 8, p 5) and SM4-CBC; OpenSSL's own default bound on
// scrypt's memory (32 MiB) holds when reading. Thread-safe.
#include "crypto/sm2.h"

namespace kw::crypto {

inline constexpr std::size_t kMostKeyPem = 8192;

Result<std::string> seal_pkcs8(const Sm2PrivateKey& key, ByteView passphrase);
/// open_pkcs8 takes other KDFs and ciphers of PBES2 as well. Errc::malformed for what is no such file, decrypt_failed
/// for everything else, a wrong passphrase or another curve among it.
Result<Sm2PrivateKey> open_pkcs8(std::string_view pem, ByteView passphrase);

}  // namespace kw::crypto
