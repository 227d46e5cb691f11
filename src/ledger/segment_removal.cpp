#include "ledger/segment_removal.h"

#include "ledger/signed_payload.h"
#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kRemovalVersion = 1;
constexpr std::string_view kRemovalKind = "ledger-removal";
constexpr std::size_t kMostRemover = 128;

}  // namespace

Result<SegmentRemoval> parse_removal(ByteView payload) {
  KW_TRY(const auto message, schema::parse<v1::SegmentRemoval>(payload, kMaxRemoval));
  if (message.version() != kRemovalVersion) return fail(Errc::unsupported, "removal version");
  if (message.origin().empty() || message.origin().size() > kMaxOrigin) return fail(Errc::malformed, "removal origin");
  if (message.first() >= message.end() || message.end() > kMaxSize) return fail(Errc::malformed, "removal range");
  if (message.place().size() > kMostPlace || message.confirmed_by().size() > kMostRemover)
    return fail(Errc::malformed, "removal words");
  SegmentRemoval out;
  out.origin = message.origin();
  out.number = message.number();
  out.first = message.first();
  out.end = message.end();
  KW_TRY(out.digest, to_array<32>(bytes_of(message.digest())));
  KW_TRY(out.bundle_digest, to_array<32>(bytes_of(message.bundle_digest())));
  out.confirmed_by = message.confirmed_by();
  out.place = message.place();
  out.confirmed = {message.confirmed_ns()};
  out.removed = {message.removed_ns()};
  return out;
}

Bytes build_removal(const SegmentRemoval& removal) {
  v1::SegmentRemoval out;
  out.set_version(kRemovalVersion);
  out.set_origin(removal.origin);
  out.set_number(removal.number);
  out.set_first(removal.first);
  out.set_end(removal.end);
  out.set_digest(copy_text(removal.digest));
  out.set_bundle_digest(copy_text(removal.bundle_digest));
  out.set_confirmed_by(removal.confirmed_by);
  out.set_place(removal.place);
  out.set_confirmed_ns(removal.confirmed.unix_ns);
  out.set_removed_ns(removal.removed.unix_ns);
  return schema::serialise(out);
}

Result<v1::Signed> sign_removal(const SegmentRemoval& removal, const crypto::Sm2PrivateKey& key) {
  const Bytes payload = build_removal(removal);
  KW_CHECK(parse_removal(payload));  // never sign what a reader would refuse
  return sign_payload(kRemovalKind, payload, key);
}

Result<SegmentRemoval> open_removal(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  KW_TRY(const auto payload, open_payload(object, kRemovalKind, key));
  return parse_removal(payload);
}

bool removes(const SegmentRemoval& removal, const SegmentSeal& seal) noexcept {
  return removal.origin == seal.origin && removal.number == seal.number && removal.first == seal.first &&
         removal.end == seal.end && removal.digest == seal.digest;
}

}  // namespace kw::ledger
