#pragma once
// BundleHead is what an exported segment carries in front of its file: the seal, the tree's edge before it, a
// checkpoint, and the proof that the checkpoint's tree continues the sealed one.
//
//   bundle: "KWLEDBDL" | u32 version 1 | u32 length of the head | head (v1::LedgerBundle) | the segment file
//
// Integers are big-endian. The edge and the entries lead to the seal's root, the proof from there to the checkpoint: no
// other part of the ledger is needed. PURE and thread-safe.
#include "kioskward/v1/ledger.pb.h"
#include "ledger/frontier.h"
#include "ledger/proof.h"
#include "ledger/segment_seal.h"

namespace kw::ledger {

inline constexpr std::size_t kBundlePreamble = 16;  // octets
inline constexpr std::size_t kMaxBundleHead = 16384;

struct BundleHead {
  v1::Signed seal;
  std::vector<Hash> edge;
  v1::Signed checkpoint;
  Proof proof;
};

/// to_wire and from_wire are the message; from_wire: Errc::unsupported for another version, Errc::too_large for more
/// than 64 hashes, Errc::malformed.
[[nodiscard]] v1::LedgerBundle to_wire(const BundleHead& head);
Result<BundleHead> from_wire(const v1::LedgerBundle& message);

/// build_bundle_head makes preamble and head.
[[nodiscard]] Bytes build_bundle_head(const BundleHead& head);
/// bundle_head_length reads the preamble: Errc::truncated, Errc::malformed, Errc::unsupported, Errc::too_large.
Result<std::size_t> bundle_head_length(ByteView preamble);
/// parse_bundle_head takes the octets behind the preamble.
Result<BundleHead> parse_bundle_head(ByteView head);

enum class BundleFault {
  none,
  bad_signature,         // seal or checkpoint are not signed by the trusted key
  head_altered,          // not readable as a bundle's head
  file_altered,          // the segment file is not the sealed one
  entry_altered,         // its entries do not lead to the sealed root
  checkpoint_unrelated,  // the checkpoint does not continue the sealed tree, or is another log's
};
[[nodiscard]] std::string_view name(BundleFault fault) noexcept;

/// What a head says, where its signatures are good and the proof leads from the seal to the checkpoint.
struct BundleClaim {
  SegmentSeal seal;
  Checkpoint checkpoint;
  Frontier before;  // the tree up to seal.first
};
struct BundleRefusal {
  BundleFault fault = BundleFault::none;
  std::string detail;
};
[[nodiscard]] tl::expected<BundleClaim, BundleRefusal> check_bundle_head(const BundleHead& head,
                                                                         const crypto::Sm2PublicKey& key);

}  // namespace kw::ledger
