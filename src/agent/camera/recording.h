#pragma once
// scan_recording and RecordingKey are the form of a recording's file (docs/adr/0043-recordings.md).
//
//   header  "KWCR" 0x01 | number (u64) | salt (16) | started (i64, UTC ns) | root of the recording before (32)
//   record  kind (u8) | number (u32) | taken (i64) | length (u32) | nonce (12) | SM4-GCM, at most 64 KiB | tag
//   end     0xff | records (u32) | ended (i64) | 64 (u32) | root (32) | HMAC-SM3 (32)
//
// The root is RFC 9162's over SM3 with header and records, as they are stored, as leaves: whoever knows the root of a
// later recording can verify this one without a key. A record's associated data are the header's digest and the octets
// before its nonce. A file without an end (a power cut) is good up to its last whole record. PURE.
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/sm4.h"
#include "ledger/hash.h"

namespace kw::agent {

inline constexpr std::size_t kRecordingHeader = 4 + 1 + 8 + 16 + 8 + 32;
inline constexpr std::size_t kRecordingHead = 1 + 4 + 8 + 4;  // of a record or the end
inline constexpr std::size_t kMostRecorded = 64U << 10;       // octets in one record
inline constexpr std::size_t kMostRecording = 8U << 20;       // octets of a file
inline constexpr Byte kRecordingEnd = 0xff;

enum class Recorded : Byte { stream_header = 1, video = 2, picture = 3, picture_end = 4 };

struct RecordingHeader {
  std::uint64_t number = 0;
  std::array<Byte, 16> salt{};
  Timestamp started;
  ledger::Hash previous{};
  friend bool operator==(const RecordingHeader&, const RecordingHeader&) = default;
};
Bytes build_header(const RecordingHeader& header);
/// parse_header takes a file's beginning: truncated, malformed, unsupported.
Result<RecordingHeader> parse_header(ByteView file);

struct RecordingPlace {
  Recorded kind = Recorded::video;
  std::uint32_t number = 0;
  Timestamp taken;
  std::size_t offset = 0, length = 0;  // of the whole record in the file
};
struct RecordingEnd {
  std::uint32_t records = 0;
  Timestamp ended;
  ledger::Hash root{};
  std::array<Byte, 32> mac{};
};
enum class RecordingDamage {
  none,
  torn,      // ends inside a record: what a power cut leaves
  tampered,  // an end that does not fit what is before it, or octets behind it
};
struct RecordingScan {
  RecordingHeader header;
  std::vector<RecordingPlace> records;
  std::optional<RecordingEnd> end;
  ledger::Hash root{};    // of header and whole records
  std::size_t good = 0;   // octets of header and whole records
  RecordingDamage damage = RecordingDamage::none;
};
/// scan_recording reads a whole file, without the key: truncated, malformed, unsupported, too_large.
Result<RecordingScan> scan_recording(ByteView file);
/// parse_end reads the last kRecordingHead + 64 octets of a file; nothing where it has no end.
std::optional<RecordingEnd> parse_end(ByteView tail);

class RecordingKey {
 public:
  static Result<RecordingKey> derive(const SecretBytes& secret, const RecordingHeader& header);
  Result<Bytes> seal(Recorded kind, std::uint32_t number, Timestamp taken, ByteView plain, Random& random) const;
  /// open gives a whole record's content; every failure is decrypt_failed.
  Result<SecretBytes> open(ByteView record) const;
  [[nodiscard]] Bytes build_end(std::uint32_t records, Timestamp ended, const ledger::Hash& root) const;
  [[nodiscard]] bool made(const RecordingEnd& end) const;

 private:
  RecordingKey(crypto::Sm4Gcm gcm, SecretBytes mac, crypto::Digest header)
      : gcm_(std::move(gcm)), mac_(std::move(mac)), header_(header) {}
  [[nodiscard]] crypto::Digest mac_of(ByteView head, const ledger::Hash& root) const;
  crypto::Sm4Gcm gcm_;
  SecretBytes mac_;
  crypto::Digest header_;
};

}  // namespace kw::agent
