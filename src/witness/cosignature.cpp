#include "witness/cosignature.h"

#include "kioskward/v1/witness.pb.h"
#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::witness {
namespace {

constexpr std::string_view kCosignatureKind = "cosignature";

Result<> check_name(std::string_view name) {
  if (name.empty() || name.size() > kMostWitnessName) return fail(Errc::invalid, "name of a witness");
  return {};
}

}  // namespace

Result<v1::Signed> cosign(const ledger::Checkpoint& seen, std::string_view witness, Timestamp now,
                          const crypto::Sm2PrivateKey& key) {
  KW_CHECK(check_name(witness));
  v1::Cosignature out;
  out.set_version(1);
  out.set_origin(seen.origin);
  out.set_size(seen.size);
  out.set_root(copy_text(seen.root));
  out.set_time_ns(now.unix_ns);
  out.set_witness(std::string(witness));
  return pki::sign_object(kCosignatureKind, schema::serialise(out), key);
}

Result<Cosignature> read_cosignature(const v1::Signed& object) {
  if (object.kind() != kCosignatureKind) return fail(Errc::malformed, "not a cosignature");
  KW_TRY(const auto said, schema::parse<v1::Cosignature>(bytes_of(object.payload()), kMostCosignature));
  if (said.version() != 1) return fail(Errc::unsupported, "cosignature version");
  if (const auto named = check_name(said.witness()); !named) return fail(Errc::malformed, named.error().detail());
  v1::Checkpoint head;
  head.set_version(1);
  head.set_origin(said.origin());
  head.set_size(said.size());
  head.set_root(said.root());
  head.set_time_ns(said.time_ns());
  Cosignature out;
  KW_TRY(out.head, ledger::from_wire(head));
  out.witness = said.witness();
  return out;
}

Result<Cosignature> open_cosignature(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  KW_TRY(auto out, read_cosignature(object));
  KW_CHECK(pki::verify_object(object, kCosignatureKind, key));
  return out;
}

bool vouches(const Cosignature& word, const ledger::Checkpoint& head) {
  return word.head.origin == head.origin && word.head.size == head.size && word.head.root == head.root;
}

}  // namespace kw::witness
