#include "agent/camera/recording.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm3.h"
#include "ledger/frontier.h"

namespace kw::agent {
namespace {

constexpr std::string_view kRecordingMagic = "KWCR\x01";
constexpr std::string_view kInfo = "kioskward:camera-recording:v1";
constexpr std::uint32_t kEndLength = 64;
constexpr std::size_t kSealedMore = crypto::kGcmNonce + crypto::kGcmTag;

struct Head {
  Byte kind = 0;
  std::uint32_t number = 0;
  Timestamp time;
  std::uint32_t length = 0;
};
Bytes build_head(Byte kind, std::uint32_t number, Timestamp time, std::uint32_t length) {
  Writer out(kRecordingHead);
  out.u8(kind).u32(number).u64(static_cast<std::uint64_t>(time.unix_ns)).u32(length);
  return std::move(out).take();
}
Result<Head> parse_head(ByteView at) {
  Reader in(at);
  Head out;
  KW_TRY(out.kind, in.u8());
  KW_TRY(out.number, in.u32());
  KW_TRY(const auto time, in.u64());
  out.time.unix_ns = static_cast<std::int64_t>(time);
  KW_TRY(out.length, in.u32());
  return out;
}
bool is_record(const Head& head) {
  return head.kind >= static_cast<Byte>(Recorded::stream_header) &&
         head.kind <= static_cast<Byte>(Recorded::picture_end) && head.length >= kSealedMore &&
         head.length <= kSealedMore + kMostRecorded;
}

}  // namespace

Bytes build_header(const RecordingHeader& header) {
  Writer out(kRecordingHeader);
  out.raw(bytes_of(kRecordingMagic)).u64(header.number).raw(header.salt);
  out.u64(static_cast<std::uint64_t>(header.started.unix_ns)).raw(header.previous);
  return std::move(out).take();
}

Result<RecordingHeader> parse_header(ByteView file) {
  Reader in(file);
  KW_TRY(const auto magic, in.take(kRecordingMagic.size()));
  if (!equal(magic.first(4), bytes_of(kRecordingMagic).first(4))) return fail(Errc::malformed, "no recording");
  if (magic[4] != 1) return fail(Errc::unsupported, "version of a recording");
  RecordingHeader out;
  KW_TRY(out.number, in.u64());
  KW_TRY(const auto salt, in.take(out.salt.size()));
  KW_TRY(const auto started, in.u64());
  KW_TRY(const auto previous, in.take(out.previous.size()));
  std::ranges::copy(salt, out.salt.begin());
  std::ranges::copy(previous, out.previous.begin());
  out.started.unix_ns = static_cast<std::int64_t>(started);
  return out;
}

std::optional<RecordingEnd> parse_end(ByteView tail) {
  if (tail.size() < kRecordingHead + kEndLength) return std::nullopt;
  tail = tail.last(kRecordingHead + kEndLength);
  const auto head = parse_head(tail);
  if (!head || head->kind != kRecordingEnd || head->length != kEndLength) return std::nullopt;
  RecordingEnd out{head->number, head->time, {}, {}};
  std::ranges::copy(tail.subspan(kRecordingHead, 32), out.root.begin());
  std::ranges::copy(tail.subspan(kRecordingHead + 32, 32), out.mac.begin());
  return out;
}

Result<RecordingScan> scan_recording(ByteView file) {
  if (file.size() > kMostRecording) return fail(Errc::too_large, "recording");
  RecordingScan out;
  KW_TRY(out.header, parse_header(file));
  ledger::Frontier tree;
  tree.append(ledger::leaf_hash(file.first(kRecordingHeader)));
  out.good = kRecordingHeader;
  while (out.good < file.size()) {
    const auto rest = file.subspan(out.good);
    const auto head = parse_head(rest);
    if (!head) {
      out.damage = RecordingDamage::torn;
      break;
    }
    if (head->kind == kRecordingEnd) {
      out.end = parse_end(rest.first(std::min(rest.size(), kRecordingHead + kEndLength)));
      if (rest.size() < kRecordingHead + kEndLength)
        out.damage = RecordingDamage::torn;
      else if (!out.end || rest.size() > kRecordingHead + kEndLength)
        out.damage = RecordingDamage::tampered;
      break;
    }
    if (!is_record(*head) || head->number != out.records.size()) {
      // Zeros are what a file system leaves that had the length on disk and not yet the octets.
      const bool zeros = std::ranges::all_of(rest, [](Byte b) { return b == 0; });
      out.damage = zeros ? RecordingDamage::torn : RecordingDamage::tampered;
      break;
    }
    const auto whole = kRecordingHead + head->length;
    if (rest.size() < whole) {
      out.damage = RecordingDamage::torn;
      break;
    }
    tree.append(ledger::leaf_hash(rest.first(whole)));
    out.records.push_back({static_cast<Recorded>(head->kind), head->number, head->time, out.good, whole});
    out.good += whole;
  }
  out.root = tree.root();
  if (out.end && (out.end->root != out.root || out.end->records != out.records.size()))
    out.damage = RecordingDamage::tampered;
  return out;
}

Result<RecordingKey> RecordingKey::derive(const SecretBytes& secret, const RecordingHeader& header) {
  const auto keys = crypto::hkdf_sm3(secret.reveal(), header.salt, bytes_of(kInfo), crypto::kSm4Key + 32);
  KW_TRY(auto gcm, crypto::Sm4Gcm::make(keys.reveal().first(crypto::kSm4Key)));
  return RecordingKey(std::move(gcm), SecretBytes::copy_of(keys.reveal().subspan(crypto::kSm4Key)),
                      crypto::sm3(build_header(header)));
}

Result<Bytes> RecordingKey::seal(Recorded kind, std::uint32_t number, Timestamp taken, ByteView plain,
                                 Random& random) const {
  if (plain.size() > kMostRecorded) return fail(Errc::too_large, "recorded octets");
  auto out = build_head(static_cast<Byte>(kind), number, taken, static_cast<std::uint32_t>(plain.size() + kSealedMore));
  auto associated = copy(header_);
  append(associated, out);
  const auto nonce = random.bytes(crypto::kGcmNonce);
  KW_TRY(const auto sealed, gcm_.seal(nonce, associated, plain));
  append(out, nonce);
  append(out, sealed);
  return out;
}

Result<SecretBytes> RecordingKey::open(ByteView record) const {
  if (record.size() < kRecordingHead + kSealedMore) return fail(Errc::decrypt_failed, "recording");
  auto associated = copy(header_);
  append(associated, record.first(kRecordingHead));
  const auto sealed = record.subspan(kRecordingHead);
  auto plain = gcm_.open(sealed.first(crypto::kGcmNonce), associated, sealed.subspan(crypto::kGcmNonce));
  if (!plain) return fail(Errc::decrypt_failed, "recording");
  return SecretBytes(std::move(*plain));
}

crypto::Digest RecordingKey::mac_of(ByteView head, const ledger::Hash& root) const {
  return crypto::hmac_sm3(mac_.reveal(), {header_, head, root});
}

Bytes RecordingKey::build_end(std::uint32_t records, Timestamp ended, const ledger::Hash& root) const {
  auto out = build_head(kRecordingEnd, records, ended, kEndLength);
  const auto mac = mac_of(out, root);
  append(out, root);
  append(out, mac);
  return out;
}

bool RecordingKey::made(const RecordingEnd& end) const {
  return crypto::equal_secret(mac_of(build_head(kRecordingEnd, end.records, end.ended, kEndLength), end.root), end.mac);
}

}  // namespace kw::agent
