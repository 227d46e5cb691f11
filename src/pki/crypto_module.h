#pragma once
// CryptoModule is a cryptographic module (a card, a crypto server) that seals a secret under a key it never gives away.
//
//   KW_TRY(auto module, platform::open_sdf_module(options));     // a port; the adapter is src/platform/sdf
//   KW_TRY(const auto sealed, module->seal(root, "vault root")); // what is kept on the disk
//   KW_TRY(const auto root, module->open(sealed, "vault root"));
//
// A sealed secret is confidential and authentic: without this module's key and its password nobody reads it, and nobody
// makes another one that opens. It opens under the context alone under which it was sealed.
// Errors, the same for both calls:
//   unavailable     the module is not there (any more), or does not answer
//   forbidden       the password is not the key's, or the module has locked it
//   not_found       there is no SM2 key at this index
//   bad_key         open: it was sealed by another module, or by another key of this one
//   decrypt_failed  open: it was changed, or has another context
//   malformed       open: it was never sealed by a module
//   unsupported     the module lacks what is needed; io: anything else it answers; invalid: no secret of 32 octets
// Calls take up to seconds. Not thread-safe.
#include <string>
#include <string_view>

#include "base/secret.h"

namespace kw::pki {

inline constexpr std::size_t kModuleSecret = 32;

class CryptoModule {
 public:
  virtual ~CryptoModule() = default;
  /// name is what an operator knows it by: maker, device, serial number, and the key's index.
  [[nodiscard]] virtual std::string name() const = 0;
  /// seal takes 32 octets and a context of at most 255.
  virtual Result<Bytes> seal(const SecretBytes& secret, std::string_view context) = 0;
  virtual Result<SecretBytes> open(ByteView sealed, std::string_view context) = 0;
};

/// check_module_secret: Errc::invalid for what seal does not take.
Result<> check_module_secret(const SecretBytes& secret, std::string_view context);

}  // namespace kw::pki
