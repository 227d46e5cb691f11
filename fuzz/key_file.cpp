// links: pki
#include "pki/key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView file(data, size);
  const auto opened = kw::pki::open_secret(file, "fuzz", kw::bytes_of("secret"));
  if (opened && opened->size() > size) __builtin_trap();
  static_cast<void>(kw::crypto::Sm2PrivateKey::from_pkcs8(file).has_value());
  return 0;
}
