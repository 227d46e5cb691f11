#include "agent/spool/segment.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::agent {
namespace {

constexpr std::string_view kMagic = "KWSPOOL\n";
constexpr std::uint16_t kSegmentVersion = 1;
constexpr std::size_t kMac = 32;

bool all_zero(ByteView octets) {
  return std::all_of(octets.begin(), octets.end(), [](Byte b) { return b == 0; });
}

Result<SegmentHeader> parse_header(ByteView file) {
  Reader in(file);
  KW_TRY(auto magic, in.take(kMagic.size()));
  if (!equal(magic, bytes_of(kMagic))) return fail(Errc::malformed, "spool segment");
  KW_TRY(auto version, in.u16());
  if (version != kSegmentVersion) return fail(Errc::unsupported, "spool segment version");
  KW_TRY(auto reserved, in.u16());
  if (reserved != 0) return fail(Errc::malformed, "spool segment");
  SegmentHeader header;
  KW_TRY(header.first_sequence, in.u64());
  if (header.first_sequence == 0) return fail(Errc::malformed, "spool sequence");
  KW_TRY(auto salt, in.take(header.salt.size()));
  KW_TRY(auto previous, in.take(header.previous.size()));
  std::copy(salt.begin(), salt.end(), header.salt.begin());
  std::copy(previous.begin(), previous.end(), header.previous.begin());
  return header;
}

struct RecordHead {
  std::uint32_t sealed = 0;
  std::uint64_t sequence = 0;
  ByteView previous, nonce;
};

Result<RecordHead> parse_head(ByteView record) {
  Reader in(record);
  RecordHead head;
  KW_TRY(head.sealed, in.u32());
  KW_TRY(head.sequence, in.u64());
  KW_TRY(head.previous, in.take(sizeof(Link)));
  KW_TRY(head.nonce, in.take(crypto::kGcmNonce));
  if (head.sealed < crypto::kGcmTag) return fail(Errc::malformed, "spool record");
  if (head.sealed > kMaxSpoolEvent + crypto::kGcmTag) return fail(Errc::too_large, "spool record");
  return head;
}

constexpr std::size_t kAad = kRecordHead - crypto::kGcmNonce;

}  // namespace

Result<SegmentKey> SegmentKey::derive(const SecretBytes& spool_key, const std::array<Byte, 16>& salt) {
  const auto keys = crypto::hkdf_sm3(spool_key.reveal(), salt, bytes_of("kioskward:spool-segment:v1"), 48);
  KW_TRY(auto gcm, crypto::Sm4Gcm::make(keys.reveal().first(crypto::kSm4Key)));
  return SegmentKey(std::move(gcm), SecretBytes::copy_of(keys.reveal().subspan(crypto::kSm4Key)));
}

crypto::Digest SegmentKey::header_mac(ByteView head) const { return crypto::hmac_sm3(mac_.reveal(), {head}); }

Bytes SegmentKey::build_header(const SegmentHeader& header) const {
  Writer out(kSegmentHeader);
  out.raw(bytes_of(kMagic)).u16(kSegmentVersion).u16(0).u64(header.first_sequence).raw(header.salt).raw(header.previous);
  out.raw(header_mac(out.view()));
  return std::move(out).take();
}

Result<Bytes> SegmentKey::seal_record(std::uint64_t sequence, const Link& previous, ByteView event,
                                      Random& random) const {
  if (event.size() > kMaxSpoolEvent) return fail(Errc::too_large, "event");
  std::array<Byte, crypto::kGcmNonce> nonce{};
  random.fill(nonce);
  Writer out(kRecordHead + event.size() + crypto::kGcmTag);
  out.u32(static_cast<std::uint32_t>(event.size() + crypto::kGcmTag)).u64(sequence).raw(previous);
  KW_TRY(auto sealed, gcm_.seal(nonce, out.view(), event));
  out.raw(nonce).raw(sealed);
  return std::move(out).take();
}

Result<Bytes> SegmentKey::open_record(ByteView record) const {
  KW_TRY(auto head, parse_head(record));
  if (record.size() != kRecordHead + head.sealed) return fail(Errc::truncated, "spool record");
  return gcm_.open(head.nonce, record.first(kAad), record.subspan(kRecordHead));
}

Result<SegmentScan> scan_segment(ByteView file, const SecretBytes& spool_key) {
  if (file.size() < kSegmentHeader) return fail(Errc::truncated, "spool segment");
  SegmentScan scan;
  KW_TRY(scan.header, parse_header(file));
  KW_TRY(auto key, SegmentKey::derive(spool_key, scan.header.salt));
  const auto head = file.first(kSegmentHeader);
  if (!crypto::equal_secret(key.header_mac(head.first(kSegmentHeader - kMac)), head.last(kMac)))
    return fail(Errc::corrupt, "spool segment header");
  scan.last = link_of(head);
  scan.good = kSegmentHeader;
  while (scan.good < file.size()) {
    const auto rest = file.subspan(scan.good);
    const auto record_head = parse_head(rest);
    if (rest.size() < kRecordHead || all_zero(rest) ||
        (record_head && rest.size() < kRecordHead + record_head->sealed)) {
      scan.damage = SegmentDamage::torn;
      return scan;
    }
    if (!record_head || record_head->sequence != scan.header.first_sequence + scan.records.size() ||
        !equal(record_head->previous, scan.last)) {
      scan.damage = SegmentDamage::tampered;
      return scan;
    }
    const auto record = rest.first(kRecordHead + record_head->sealed);
    if (!key.open_record(record)) {
      scan.damage = SegmentDamage::tampered;
      return scan;
    }
    scan.records.push_back({static_cast<std::uint32_t>(scan.good), static_cast<std::uint32_t>(record.size())});
    scan.last = link_of(record);
    scan.good += record.size();
  }
  return scan;
}

}  // namespace kw::agent
