#include "ledger/bundle.h"

#include "base/reader.h"
#include "base/writer.h"
#include "schema/codec.h"

namespace kw::ledger {
namespace {

constexpr std::uint32_t kBundleVersion = 1;
constexpr std::string_view kBundleMagic = "KWLEDBDL";

}  // namespace

v1::LedgerBundle to_wire(const BundleHead& head) {
  v1::LedgerBundle out;
  out.set_version(kBundleVersion);
  *out.mutable_seal() = head.seal;
  proof_to_wire(head.edge, *out.mutable_edge());
  *out.mutable_checkpoint() = head.checkpoint;
  proof_to_wire(head.proof, *out.mutable_proof());
  return out;
}

Result<BundleHead> from_wire(const v1::LedgerBundle& message) {
  if (message.version() != kBundleVersion) return fail(Errc::unsupported, "bundle version");
  BundleHead out{message.seal(), {}, message.checkpoint(), {}};
  KW_TRY(out.edge, proof_from_wire(message.edge()));
  KW_TRY(out.proof, proof_from_wire(message.proof()));
  return out;
}

Bytes build_bundle_head(const BundleHead& head) {
  const Bytes octets = schema::serialise(to_wire(head));
  Writer out(kBundlePreamble + octets.size());
  out.raw(bytes_of(kBundleMagic)).u32(kBundleVersion).u32(static_cast<std::uint32_t>(octets.size())).raw(octets);
  return std::move(out).take();
}

Result<std::size_t> bundle_head_length(ByteView preamble) {
  Reader in(preamble);
  KW_TRY(const auto magic, in.take(kBundleMagic.size()));
  KW_TRY(const auto version, in.u32());
  KW_TRY(const auto length, in.u32());
  if (!equal(magic, bytes_of(kBundleMagic))) return fail(Errc::malformed, "not a bundle");
  if (version != kBundleVersion) return fail(Errc::unsupported, "bundle version");
  if (length > kMaxBundleHead) return fail(Errc::too_large, "head of a bundle");
  return std::size_t{length};
}

Result<BundleHead> parse_bundle_head(ByteView head) {
  KW_TRY(const auto message, schema::parse<v1::LedgerBundle>(head, kMaxBundleHead));
  return from_wire(message);
}

std::string_view name(BundleFault fault) noexcept {
  switch (fault) {
    case BundleFault::none:
      return "none";
    case BundleFault::bad_signature:
      return "bad_signature";
    case BundleFault::head_altered:
      return "head_altered";
    case BundleFault::file_altered:
      return "file_altered";
    case BundleFault::entry_altered:
      return "entry_altered";
    case BundleFault::checkpoint_unrelated:
      return "checkpoint_unrelated";
  }
  return "unknown";
}

tl::expected<BundleClaim, BundleRefusal> check_bundle_head(const BundleHead& head, const crypto::Sm2PublicKey& key) {
  const auto refuse = [](BundleFault fault, std::string detail) {
    return tl::unexpected(BundleRefusal{fault, std::move(detail)});
  };
  const auto unreadable = [&](const Error& error, std::string_view what) {
    return refuse(error.code() == Errc::bad_signature ? BundleFault::bad_signature : BundleFault::head_altered,
                  error.within(what).text());
  };
  auto seal = open_seal(head.seal, key);
  if (!seal) return unreadable(seal.error(), "seal");
  auto checkpoint = open_checkpoint(head.checkpoint, key);
  if (!checkpoint) return unreadable(checkpoint.error(), "checkpoint");
  if (checkpoint->origin != seal->origin) return refuse(BundleFault::checkpoint_unrelated, "another log's checkpoint");
  if (const auto continued = verify_consistency(seal->end, seal->root, checkpoint->size, checkpoint->root, head.proof);
      !continued)
    return refuse(BundleFault::checkpoint_unrelated, continued.error().text());
  auto before = Frontier::of_edge(seal->first, head.edge);
  if (!before) return unreadable(before.error(), "edge");
  return BundleClaim{std::move(*seal), std::move(*checkpoint), std::move(*before)};
}

}  // namespace kw::ledger
