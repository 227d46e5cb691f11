#include "ledger/checkpoint.h"

#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kKind = "checkpoint";
constexpr int kMaxSignatures = 8;

/// The octets that a signature covers (schemas/kioskward/v1/common.proto, Signed).
Bytes signed_octets(ByteView payload) {
  static constexpr std::string_view kLabel{"kioskward:checkpoint:v1\0", 24};
  Bytes out;
  out.reserve(kLabel.size() + payload.size());
  append(out, bytes_of(kLabel));
  append(out, payload);
  return out;
}

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
  if (message.origin().empty() || message.origin().size() > kMaxOrigin) return fail(Errc::malformed, "checkpoint origin");
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
  KW_TRY(auto value, key.sign(signed_octets(payload)));
  v1::Signed out;
  out.set_version(kVersion);
  out.set_kind(std::string(kKind));
  out.set_payload(copy_text(payload));
  auto& signature = *out.add_signatures();
  signature.set_key_id(copy_text(key.public_key().key_id()));
  signature.set_value(copy_text(value));
  return out;
}

Result<Checkpoint> open_checkpoint(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  if (object.version() != kVersion) return fail(Errc::unsupported, "signed object version");
  if (object.kind() != kKind) return fail(Errc::malformed, "not a checkpoint");
  if (object.signatures_size() > kMaxSignatures) return fail(Errc::malformed, "too many signatures");
  KW_TRY(auto checkpoint, parse_checkpoint(bytes_of(object.payload())));
  const Bytes wanted = key.key_id();
  const Bytes covered = signed_octets(bytes_of(object.payload()));
  for (const auto& signature : object.signatures()) {
    if (!equal(bytes_of(signature.key_id()), wanted)) continue;
    KW_CHECK(key.verify(covered, bytes_of(signature.value())));
    return checkpoint;
  }
  return fail(Errc::bad_signature, "not signed by the ledger's key");
}

}  // namespace kw::ledger
