#include "store/ledger/record.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::store {
namespace {

constexpr std::string_view kMagic = "KWLEDSEG";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kCheck = 8;

}  // namespace

Bytes build_segment_header(const SegmentHeader& header) {
  Writer out(kSegmentHeader);
  out.raw(bytes_of(kMagic)).u16(kVersion).u16(0).u32(header.number).u64(header.first);
  const auto check = crypto::sm3(out.view());
  out.raw(ByteView(check).first(kCheck));
  return std::move(out).take();
}

Result<SegmentHeader> parse_segment_header(ByteView in) {
  if (in.size() < kSegmentHeader) return fail(Errc::truncated, "segment header");
  in = in.first(kSegmentHeader);
  Reader reader(in);
  KW_TRY(auto magic, reader.take(kMagic.size()));
  KW_TRY(auto version, reader.u16());
  KW_TRY(auto reserved, reader.u16());
  SegmentHeader out;
  KW_TRY(out.number, reader.u32());
  KW_TRY(out.first, reader.u64());
  if (!equal(magic, bytes_of(kMagic))) return fail(Errc::malformed, "not a ledger segment");
  if (version != kVersion || reserved != 0) return fail(Errc::unsupported, "segment version");
  const auto check = crypto::sm3(in.first(kSegmentHeader - kCheck));
  if (!equal(reader.rest(), ByteView(check).first(kCheck))) return fail(Errc::corrupt, "segment header");
  return out;
}

void build_record(Bytes& out, std::uint64_t index, std::uint64_t batch_first, const ledger::Hash& leaf, ByteView entry) {
  std::array<Byte, kRecordHeader> header;
  const auto put = [&](std::size_t at, std::uint64_t value, unsigned octets) {
    for (unsigned i = octets; i-- > 0; value >>= 8U) header[at + i] = static_cast<Byte>(value);
  };
  put(0, entry.size(), 4);
  put(4, index - batch_first, 4);
  put(8, index, 8);
  std::copy_n(leaf.begin(), kCheck, header.begin() + 16);
  append(out, header);
  append(out, entry);
}

Result<Record> parse_record_form(ByteView in) {
  Reader reader(in);
  KW_TRY(auto length, reader.u32());
  KW_TRY(auto place, reader.u32());
  Record out;
  KW_TRY(out.index, reader.u64());
  KW_TRY(out.check, reader.take(kCheck));
  if (length == 0 || length > ledger::kMaxEntry) return fail(Errc::corrupt, "length of an entry");
  if (out.index > ledger::kMaxSize || place > out.index) return fail(Errc::corrupt, "index of an entry");
  KW_TRY(out.entry, reader.take(length));
  out.batch_first = out.index - place;
  return out;
}

bool leaf_agrees(const Record& record) noexcept { return equal(record.check, ByteView(record.leaf).first(kCheck)); }

Result<Record> parse_record(ByteView in) {
  KW_TRY(auto out, parse_record_form(in));
  out.leaf = ledger::leaf_hash(out.entry);
  if (!leaf_agrees(out)) return fail(Errc::corrupt, "check of an entry");
  return out;
}

}  // namespace kw::store
