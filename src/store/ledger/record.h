#pragma once
// parse_record and build_record are the on-disk form of one ledger entry in a segment file; all integers big-endian.
//
//   segment header, 32 octets: "KWLEDSEG" | u16 version 1 | u16 0 | u32 number | u64 first index | 8 octets check
//   record:  u32 length | u32 place in its batch | u64 index | 8 octets check | entry
//
// A segment's check is the start of SM3 over the 24 octets before it; a record's is the start of its leaf hash. They
// find torn and rotten octets; forgery is found by the tree. PURE and thread-safe.
#include "ledger/hash.h"

namespace kw::store {

inline constexpr std::size_t kSegmentHeader = 32;
inline constexpr std::size_t kRecordHeader = 24;

struct SegmentHeader {
  std::uint32_t number = 0;
  std::uint64_t first = 0;  // index of its first entry
};
[[nodiscard]] Bytes build_segment_header(const SegmentHeader& header);
/// parse_segment_header: Errc::truncated, Errc::malformed, Errc::unsupported (version) or Errc::corrupt (check).
Result<SegmentHeader> parse_segment_header(ByteView in);

struct Record {
  std::uint64_t index = 0;
  std::uint64_t batch_first = 0;  // index of the first entry that was synced together with this one
  ledger::Hash leaf{};
  ByteView entry;                 // borrowed from the input, and so is the next
  ByteView check;
  [[nodiscard]] std::size_t octets() const noexcept { return kRecordHeader + entry.size(); }
};
/// build_record appends a record to `out`. `leaf` is ledger::leaf_hash(entry).
void build_record(Bytes& out, std::uint64_t index, std::uint64_t batch_first, const ledger::Hash& leaf, ByteView entry);
/// parse_record reads the record at the start of `in`: Errc::truncated where `in` ends in it, Errc::corrupt where its
/// length is out of range or its check fails.
Result<Record> parse_record(ByteView in);
/// parse_record_form is parse_record without the hashing, for who hashes many: `leaf` stays zero until the caller sets
/// it, and nothing is known of the entry before leaf_agrees.
Result<Record> parse_record_form(ByteView in);
/// leaf_agrees compares a record's leaf hash with its check.
[[nodiscard]] bool leaf_agrees(const Record& record) noexcept;

}  // namespace kw::store
