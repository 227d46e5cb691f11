#include "ledger/checkpoint.h"

#include "ledger/signed_payload.h"
#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kKind = "checkpoint";
}  // namespace

v1::Checkpoint to_wire(const Checkpoint& checkpoint) {
  v1::Checkpoint out;
  out.set_version(kVersion);
  out.set_origin(checkpoint.origin);
  out.set_size(checkpoint.size);
  out.set_root(copy_text(checkpoint.root));
  out.set_time_ns(checkpoint.time.unix_ns);
  return out;
}

Result<Checkpoint> from_wire(const v1::Checkpoint& message) {
  if (message.version() != kVersion) return fail(Errc::unsupported, "checkpoint version");
  if (message.origin().empty() || message.origin().size() > kMaxOrigin)
    return fail(Errc::malformed, "checkpoint origin");
  if (message.size() > kMaxSize) return fail(Errc::malformed, "checkpoint size");
  KW_TRY(auto root, to_array<32>(bytes_of(message.root())));
  if (message.size() == 0 && root != empty_root()) return fail(Errc::malformed, "root of an empty ledger");
  return Checkpoint{message.origin(), message.size(), root, {message.time_ns()}};
}

Bytes build_checkpoint(const Checkpoint& checkpoint) { return schema::serialise(to_wire(checkpoint)); }

Result<Checkpoint> parse_checkpoint(ByteView payload) {
  KW_TRY(auto message, schema::parse<v1::Checkpoint>(payload, kMaxCheckpoint));
  return from_wire(message);
}

Result<v1::Signed> sign_checkpoint(const Checkpoint& checkpoint, const crypto::Sm2PrivateKey& key) {
  const Bytes payload = build_checkpoint(checkpoint);
  KW_CHECK(parse_checkpoint(payload));  // never sign what a reader would refuse
  return sign_payload(kKind, payload, key);
}

Result<Checkpoint> open_checkpoint(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  KW_TRY(const auto payload, open_payload(object, kKind, key));
  return parse_checkpoint(payload);
}

}  // namespace kw::ledger
