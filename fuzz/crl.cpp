// links: crypto
#include "crypto/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = kw::crypto::RevocationList::parse({data, size});
  if (!parsed) return 0;
  if (parsed->der().size() != size) __builtin_trap();
  static_cast<void>(parsed->contains(kw::ByteView(data, size < 20 ? size : 20)));
  return 0;
}
