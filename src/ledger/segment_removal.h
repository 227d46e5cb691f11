#pragma once
// SegmentRemoval is the signed statement that a segment left this machine on purpose: which bundle has it, who
// confirmed that, and where it is kept.
//
// It is written before the file goes, so that with the ledger's public key alone a removed segment is told from a lost
// one. On the wire it is v1::Signed{kind "ledger-removal"}. PURE and thread-safe. Source: ADR 65.
#include "ledger/segment_seal.h"

namespace kw::ledger {

inline constexpr std::size_t kMaxRemoval = 2048;  // octets of the payload
inline constexpr std::size_t kMostPlace = 800;    // octets of the place

struct SegmentRemoval {
  std::string origin;
  std::uint32_t number = 0;
  std::uint64_t first = 0, end = 0;
  crypto::Digest digest{}, bundle_digest{};  // of the segment file, of the bundle
  std::string confirmed_by, place;
  Timestamp confirmed, removed;
  friend bool operator==(const SegmentRemoval&, const SegmentRemoval&) = default;
};

/// parse_removal: Errc::unsupported, Errc::malformed, as of parse_seal.
Result<SegmentRemoval> parse_removal(ByteView payload);
[[nodiscard]] Bytes build_removal(const SegmentRemoval& removal);
Result<v1::Signed> sign_removal(const SegmentRemoval& removal, const crypto::Sm2PrivateKey& key);
Result<SegmentRemoval> open_removal(const v1::Signed& object, const crypto::Sm2PublicKey& key);
/// removes tells whether the statement is about exactly what was sealed.
[[nodiscard]] bool removes(const SegmentRemoval& removal, const SegmentSeal& seal) noexcept;

}  // namespace kw::ledger
