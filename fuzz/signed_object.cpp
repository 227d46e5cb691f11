// links: pki schema
#include "pki/signed.h"
#include "schema/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto key = kw::crypto::Sm2PrivateKey::from_scalar(
      *kw::from_hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"));
  const kw::ByteView in(data, size);
  if (const auto object = kw::schema::parse<kw::pki::v1::Signed>(in, 1 << 20)) {
    const bool good = kw::pki::verify_object(*object, "policy", key->public_key()).has_value();
    if (good && object->signatures_size() == 0) __builtin_trap();
  }
  if (const auto rule = kw::schema::parse<kw::pki::v1::CommandRule>(in, 1 << 16)) {
    const auto parsed = kw::pki::parse_rule(*rule);
    if (parsed && (parsed->order_threshold == 0 || parsed->order_threshold > parsed->keys.size())) __builtin_trap();
  }
  return 0;
}
