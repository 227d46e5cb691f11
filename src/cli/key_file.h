#pragma once
// open_key_file gives an administrator's own SM2 key, from a file under a passphrase; it never leaves the program.
#include "cli/api/secret_input.h"
#include "crypto/encrypted_key.h"

namespace kw::cli {

/// open_key_file reads the key and asks for its passphrase. Errc::not_found, malformed, decrypt_failed.
Result<crypto::Sm2PrivateKey> open_key_file(const std::string& path, SecretInput& input);

/// run_key makes a key file, or shows the public half of one.
int run_key(std::span<const std::string> args, Terminal& terminal);

}  // namespace kw::cli
