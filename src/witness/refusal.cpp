#include "witness/refusal.h"

#include "kioskward/v1/witness.pb.h"
#include "pki/signed.h"
#include "schema/codec.h"
#include "witness/cosignature.h"

namespace kw::witness {
namespace {

constexpr std::string_view kRefusalKind = "witness-refusal";
constexpr std::size_t kMostReason = 32;

}  // namespace

std::string_view name(Finding finding) noexcept {
  switch (finding) {
    case Finding::forked: return "forked";
    case Finding::shrank: return "shrank";
    case Finding::other_log: return "other_log";
    case Finding::word_against: return "word_against";
  }
  return "unknown";
}

Result<v1::Signed> sign_refusal(const Refusal& refusal, const crypto::Sm2PrivateKey& key) {
  v1::WitnessRefusal out;
  out.set_version(1);
  out.set_witness(refusal.witness);
  out.set_reason(refusal.reason);
  if (refusal.seen) *out.mutable_seen() = *refusal.seen;
  *out.mutable_offered() = refusal.offered;
  ledger::proof_to_wire(refusal.consistency, *out.mutable_consistency());
  out.set_time_ns(refusal.time.unix_ns);
  auto octets = schema::serialise(out);
  if (octets.size() > kMostRefusal) return fail(Errc::too_large, "refusal");
  return pki::sign_object(kRefusalKind, octets, key);
}

Result<Refusal> read_refusal(const v1::Signed& object) {
  if (object.kind() != kRefusalKind) return fail(Errc::malformed, "not a refusal");
  KW_TRY(auto said, schema::parse<v1::WitnessRefusal>(bytes_of(object.payload()), kMostRefusal));
  if (said.version() != 1) return fail(Errc::unsupported, "refusal version");
  if (said.witness().empty() || said.witness().size() > kMostWitnessName || said.reason().size() > kMostReason)
    return fail(Errc::malformed, "refusal");
  Refusal out;
  KW_TRY(out.consistency, ledger::proof_from_wire(said.consistency()));
  out.witness = said.witness();
  out.reason = said.reason();
  if (said.has_seen()) out.seen = std::move(*said.mutable_seen());
  out.offered = std::move(*said.mutable_offered());
  out.time = Timestamp{said.time_ns()};
  return out;
}

Result<Refusal> open_refusal(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  KW_TRY(auto out, read_refusal(object));
  KW_CHECK(pki::verify_object(object, kRefusalKind, key));
  return out;
}

Finding weigh_refusal(const Refusal& refusal, const crypto::Sm2PublicKey& ledger_key) {
  if (!refusal.seen) return Finding::word_against;
  const auto seen = ledger::open_checkpoint(*refusal.seen, ledger_key);
  const auto offered = ledger::open_checkpoint(refusal.offered, ledger_key);
  if (!seen || !offered) return Finding::word_against;
  if (seen->origin != offered->origin) return Finding::other_log;
  if (offered->size == seen->size) return offered->root == seen->root ? Finding::word_against : Finding::forked;
  // An old head that somebody serves again proves nothing; one that was signed later does.
  if (offered->size < seen->size) return offered->time > seen->time ? Finding::shrank : Finding::word_against;
  const auto verdict =
      ledger::weigh_consistency(seen->size, seen->root, offered->size, offered->root, refusal.consistency);
  return verdict && verdict->to_matches && !verdict->from_matches ? Finding::forked : Finding::word_against;
}

}  // namespace kw::witness
