#pragma once
// SegmentSeal is the signed statement of what a closed segment of the ledger held: range, digest of the file, and the
// root of the tree up to its end.
//
// It outlives the segment on this machine: whoever holds the file proves it by the seal and any later checkpoint. On
// the wire it is v1::Signed{kind "ledger-segment"}. PURE and thread-safe.
#include "base/time.h"
#include "kioskward/v1/ledger.pb.h"
#include "ledger/checkpoint.h"

namespace kw::ledger {

inline constexpr std::size_t kMaxSeal = 1024;  // octets of the payload

struct SegmentSeal {
  std::string origin;
  std::uint32_t number = 0;
  std::uint64_t first = 0, end = 0;  // entries [first, end)
  std::uint64_t octets = 0;          // of the file
  crypto::Digest digest{};           // SM3 of the file
  Hash root{};                       // of the first `end` entries
  Timestamp newest;                  // when its newest entry was received
  Timestamp time;                    // when it was sealed
  friend bool operator==(const SegmentSeal&, const SegmentSeal&) = default;
};

/// parse_seal: Errc::unsupported for another version; Errc::malformed for an empty or overlong origin, first >= end, an
/// end above kMaxSize, or hashes that are not 32 octets.
Result<SegmentSeal> parse_seal(ByteView payload);
[[nodiscard]] Bytes build_seal(const SegmentSeal& seal);
/// sign_seal and open_seal: errors as of sign_checkpoint and open_checkpoint.
Result<v1::Signed> sign_seal(const SegmentSeal& seal, const crypto::Sm2PrivateKey& key);
Result<SegmentSeal> open_seal(const v1::Signed& object, const crypto::Sm2PublicKey& key);

}  // namespace kw::ledger
