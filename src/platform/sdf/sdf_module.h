#pragma once
// open_sdf_module gives the cryptographic module behind a maker's library with the interface of GM/T 0018 (SDF).
//
// The key is an SM2 pair inside the module, by its index: its encryption half wraps a session key that the module makes
// for each secret, its signing half says that this module sealed it (sealed_in_sdf.h). What the module gives back is
// verified, and a secret is opened once before it is given as sealed. Every code that a call returns is looked at.
// The device stays open as long as the object lives. Errors as pki/crypto_module.h says, and not_found for a library
// that is not there. A library runs inside this process with its rights, and one that hangs hangs the caller.
// Why: ADR 121.
#include <memory>
#include <string>

#include "pki/crypto_module.h"

namespace kw::platform {

struct SdfOptions {
  std::string library;    // a file
  std::uint32_t key = 1;  // index of the SM2 pair
  SecretBytes password;   // of the pair's private keys
};
[[nodiscard]] Result<std::unique_ptr<pki::CryptoModule>> open_sdf_module(SdfOptions options);

}  // namespace kw::platform
