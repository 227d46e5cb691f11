#include "pki/crypto_module.h"

namespace kw::pki {

Result<> check_module_secret(const SecretBytes& secret, std::string_view context) {
  if (secret.size() != kModuleSecret || context.size() > 0xff)
    return fail(Errc::invalid, "a module seals 32 octets under a context of at most 255");
  return {};
}

}  // namespace kw::pki
