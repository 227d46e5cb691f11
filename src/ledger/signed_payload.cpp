#include "ledger/signed_payload.h"

#include "schema/signed_octets.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kSignedVersion = 1;
constexpr int kMaxSignatures = 8;

}  // namespace

Result<v1::Signed> sign_payload(std::string_view kind, ByteView payload, const crypto::Sm2PrivateKey& key) {
  KW_TRY(auto value, key.sign(schema::signed_octets(kind, payload)));
  v1::Signed out;
  out.set_version(kSignedVersion);
  out.set_kind(std::string(kind));
  out.set_payload(copy_text(payload));
  auto& signature = *out.add_signatures();
  signature.set_key_id(copy_text(key.public_key().key_id()));
  signature.set_value(copy_text(value));
  return out;
}

Result<ByteView> open_payload(const v1::Signed& object, std::string_view kind, const crypto::Sm2PublicKey& key) {
  if (object.version() != kSignedVersion) return fail(Errc::unsupported, "signed object version");
  if (object.kind() != kind) return fail(Errc::malformed, "not a " + std::string(kind));
  if (object.signatures_size() > kMaxSignatures) return fail(Errc::malformed, "too many signatures");
  const auto payload = bytes_of(object.payload());
  const Bytes wanted = key.key_id();
  for (const auto& signature : object.signatures()) {
    if (!equal(bytes_of(signature.key_id()), wanted)) continue;
    KW_CHECK(key.verify(schema::signed_octets(kind, payload), bytes_of(signature.value())));
    return payload;
  }
  return fail(Errc::bad_signature, "not signed by the ledger's key");
}

}  // namespace kw::ledger
