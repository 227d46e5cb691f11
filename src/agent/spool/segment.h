#pragma once
// scan_segment and its siblings are the format of the event spool's segment files (docs/design/spool.md). PURE.
//
// A segment is a header and then records. Every record is sealed with SM4-GCM under the segment's own key and carries
// the SM3 of its predecessor as authenticated data, so nothing can be changed, swapped or taken out unseen.
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"

namespace kw::agent {

using Link = crypto::Digest;

inline constexpr std::size_t kSegmentHeader = 100;  // octets
inline constexpr std::size_t kRecordHead = 56;      // length, sequence, link, nonce
inline constexpr std::size_t kMaxSpoolEvent = 64U << 10;

/// What the header of a segment says.
struct SegmentHeader {
  std::uint64_t first_sequence = 0;
  std::array<Byte, 16> salt{};
  Link previous{};  // link of the last record before this segment; zeros for the first segment ever
};

/// SegmentKey seals and opens the records of one segment. Thread-safe once made.
class SegmentKey {
 public:
  /// derive makes the key of a segment from the spool key (HKDF-SM3 with the segment's salt).
  static Result<SegmentKey> derive(const SecretBytes& spool_key, const std::array<Byte, 16>& salt);

  [[nodiscard]] Bytes build_header(const SegmentHeader& header) const;
  /// seal_record returns the octets of one record; its link is link_of() of them.
  Result<Bytes> seal_record(std::uint64_t sequence, const Link& previous, ByteView event, Random& random) const;
  /// open_record gives the event of one whole record. Errc::truncated, malformed, too_large or decrypt_failed.
  Result<Bytes> open_record(ByteView record) const;
  [[nodiscard]] crypto::Digest header_mac(ByteView head) const;

 private:
  SegmentKey(crypto::Sm4Gcm gcm, SecretBytes mac) : gcm_(std::move(gcm)), mac_(std::move(mac)) {}
  crypto::Sm4Gcm gcm_;
  SecretBytes mac_;
};

[[nodiscard]] inline Link link_of(ByteView record_or_header) { return crypto::sm3(record_or_header); }

enum class SegmentDamage {
  none,
  torn,      // the file ends inside a record (or in zeros): what a crash leaves
  tampered,  // a complete record is not the one that was written
};
struct RecordPlace {
  std::uint32_t offset = 0, length = 0;  // of the whole record in the file
};
/// What a segment file holds: record i has sequence header.first_sequence + i.
struct SegmentScan {
  SegmentHeader header;
  std::vector<RecordPlace> records;
  Link last{};           // link of the last good record, or of the header
  std::size_t good = 0;  // octets up to the end of the last good record
  SegmentDamage damage = SegmentDamage::none;
};
/// scan_segment checks a whole file. Errc::truncated (no whole header), malformed, unsupported, or corrupt (the header
/// was not made with this key); damage behind the header is reported in the scan.
Result<SegmentScan> scan_segment(ByteView file, const SecretBytes& spool_key);

}  // namespace kw::agent
