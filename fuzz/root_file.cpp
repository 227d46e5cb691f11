// links: server platform
#include "server/vault/root_file.h"

#include "platform/sdf/sealed_in_sdf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView octets(data, size);
  const auto file = kw::server::parse_root_file(octets);
  if (file && !file->old_form && !kw::equal(file->octets(), octets)) __builtin_trap();
  if (file && file->salt.size() + file->sealed.size() > size) __builtin_trap();
  const auto sealed = kw::platform::parse_sealed_in_sdf(octets);
  if (sealed && !kw::equal(sealed->octets(), octets)) __builtin_trap();
  return 0;
}
