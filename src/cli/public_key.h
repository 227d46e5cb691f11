#pragma once
// load_public_key reads an SM2 public key: SubjectPublicKeyInfo in a PEM block of type PUBLIC KEY (RFC 7468), or DER.
#include <filesystem>

#include "crypto/sm2.h"

namespace kw::cli {

/// load_public_key: the file's errors, Errc::malformed for broken PEM, Errc::bad_key.
Result<crypto::Sm2PublicKey> load_public_key(const std::filesystem::path& path);

}  // namespace kw::cli
