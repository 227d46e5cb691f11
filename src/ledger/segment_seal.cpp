#include "ledger/segment_seal.h"

#include "ledger/signed_payload.h"
#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kSealVersion = 1;
constexpr std::string_view kSealKind = "ledger-segment";

}  // namespace

Result<SegmentSeal> parse_seal(ByteView payload) {
  KW_TRY(const auto message, schema::parse<v1::SegmentSeal>(payload, kMaxSeal));
  if (message.version() != kSealVersion) return fail(Errc::unsupported, "seal version");
  if (message.origin().empty() || message.origin().size() > kMaxOrigin) return fail(Errc::malformed, "seal origin");
  if (message.first() >= message.end() || message.end() > kMaxSize) return fail(Errc::malformed, "seal range");
  SegmentSeal out{message.origin(),      message.number(),   message.first(), message.end(), message.octets(), {}, {},
                  {message.newest_ns()}, {message.time_ns()}};
  KW_TRY(out.digest, to_array<32>(bytes_of(message.digest())));
  KW_TRY(out.root, to_array<32>(bytes_of(message.root())));
  return out;
}

Bytes build_seal(const SegmentSeal& seal) {
  v1::SegmentSeal out;
  out.set_version(kSealVersion);
  out.set_origin(seal.origin);
  out.set_number(seal.number);
  out.set_first(seal.first);
  out.set_end(seal.end);
  out.set_octets(seal.octets);
  out.set_digest(copy_text(seal.digest));
  out.set_root(copy_text(seal.root));
  out.set_newest_ns(seal.newest.unix_ns);
  out.set_time_ns(seal.time.unix_ns);
  return schema::serialise(out);
}

Result<v1::Signed> sign_seal(const SegmentSeal& seal, const crypto::Sm2PrivateKey& key) {
  const Bytes payload = build_seal(seal);
  KW_CHECK(parse_seal(payload));  // never sign what a reader would refuse
  return sign_payload(kSealKind, payload, key);
}

Result<SegmentSeal> open_seal(const v1::Signed& object, const crypto::Sm2PublicKey& key) {
  KW_TRY(const auto payload, open_payload(object, kSealKind, key));
  return parse_seal(payload);
}

}  // namespace kw::ledger
