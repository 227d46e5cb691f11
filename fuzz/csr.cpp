// links: crypto
#include "crypto/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = kw::crypto::CertificateRequest::parse({data, size});
  if (!parsed) return 0;
  if (parsed->der().size() != size) __builtin_trap();
  static_cast<void>(parsed->verify().has_value());
  return 0;
}
