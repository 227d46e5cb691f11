// links: pki
#include "pki/enveloped_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The seeds are sealed for this scalar (GB/T 32918.5 Annex A).
  static const auto recipient = kw::crypto::Sm2PrivateKey::from_scalar(
      *kw::from_hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"));
  const auto key = kw::pki::open_enveloped_key({data, size}, *recipient);
  if (key && key->scalar().size() != 32) __builtin_trap();
  return 0;
}
