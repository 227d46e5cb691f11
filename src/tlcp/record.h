#pragma once
// RecordReader cuts the wire into records; RecordProtection seals and opens them (GB/T 38636-2020 section 6.3).
//
// PURE; used by one thread at a time.
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "tlcp/failure.h"
#include "tlcp/key_schedule.h"
#include "tlcp/suite.h"

namespace kw::tlcp {

inline constexpr std::size_t kRecordHeader = 5;
inline constexpr std::size_t kMaxPlaintext = 1U << 14;
inline constexpr std::size_t kMaxFragment = kMaxPlaintext + 2048;

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

struct Record {
  ContentType type{};
  ByteView fragment;  // into the reader; valid until the next feed()
};

/// encode_record puts a record header in front of a fragment of at most kMaxFragment octets.
[[nodiscard]] Bytes encode_record(ContentType type, ByteView fragment);

class RecordReader {
 public:
  void feed(ByteView wire);
  /// next returns a whole record, or nullopt where more is needed. Headers are judged as soon as they are there, so
  /// that no more than one record is ever waited for.
  tl::expected<std::optional<Record>, Failure> next();
  [[nodiscard]] bool empty() const noexcept { return at_ == buffer_.size(); }

 private:
  Bytes buffer_;
  std::size_t at_ = 0;
};

/// One direction of a protected connection; counts its sequence number itself.
class RecordProtection {
 public:
  virtual ~RecordProtection() = default;
  /// seal protects at most kMaxPlaintext octets and returns the record's fragment.
  virtual Result<Bytes> seal(ContentType type, ByteView plaintext) = 0;
  /// open returns the plaintext; Errc::decrypt_failed whatever is wrong, Errc::too_large for more than kMaxPlaintext.
  virtual Result<Bytes> open(ContentType type, ByteView fragment) = 0;
};

/// make_protection takes the keys of the direction; `random` makes the IVs of CBC and must outlive the object.
Result<std::unique_ptr<RecordProtection>> make_protection(Suite suite, DirectionKeys keys, Random& random);

}  // namespace kw::tlcp
