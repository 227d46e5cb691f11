// links: crypto
#include "crypto/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = kw::crypto::Certificate::parse({data, size});
  if (!parsed) return 0;
  // What was accepted reads the same again from its own text form.
  const auto again = kw::crypto::Certificate::parse_pem(parsed->pem());
  if (!again || again->front().subject_der() != parsed->subject_der()) __builtin_trap();
  if (parsed->serial().empty() || parsed->serial().size() > 20) __builtin_trap();
  return 0;
}
