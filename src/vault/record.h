#pragma once
// Record is the values of one matter's case; seal_record and open_record encrypt it as a whole under a record key.
//
//   octets header (form record) | salt (16) | codec (u8) | dictionary (u64, 0 without) | SM4-GCM(padded payload)
//
// Payload: kioskward.v1.RecordPayload, compressed (codec 1 zstd, 2 zstd with a dictionary) or as it is (codec 0).
// A record of one value is never compressed: its length would speak of that value. Associated data: header, salt,
// codec, dictionary and the cell. Opening: Errc::decrypt_failed, whatever the cause. PURE; any thread. Why: ADR 103.
#include "base/random.h"
#include "kioskward/v1/vault.pb.h"
#include "vault/key_ring.h"
#include "vault/place.h"
#include "vault/record_dictionary.h"

namespace kw::vault {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMostRecord = 1 << 20;  // octets of the payload
inline constexpr int kMostValues = 512;

/// Wipes its values when it goes; moves, does not copy. A field is set once: Errc::already_exists.
class Record {
 public:
  explicit Record(std::string_view matter);
  Record(Record&& other) noexcept;
  Record& operator=(Record&& other) noexcept;
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  ~Record();

  Result<> text(std::string_view field, std::string_view value);
  Result<> number(std::string_view field, std::int64_t value);
  Result<> flag(std::string_view field, bool value);
  Result<> octets(std::string_view field, ByteView value);

  [[nodiscard]] const std::string& matter() const { return payload_.matter(); }
  [[nodiscard]] const auto& values() const { return payload_.values(); }
  /// find is nullptr where the record has no such field.
  [[nodiscard]] const v1::RecordValue* find(std::string_view field) const;

  /// serialised and parse: the payload. parse: Errc::malformed, unsupported, too_large.
  [[nodiscard]] SecretBytes serialised() const;
  static Result<Record> parse(ByteView payload);

 private:
  Record() = default;
  Result<v1::RecordValue*> add(std::string_view field);
  void forget();
  v1::RecordPayload payload_;
};

/// seal_record: Errc::wrong_usage for a key that is not of the record, its table or, where the primary key is a
/// session's ID, its session, too_large, invalid for a place that
/// does not fit. Without a dictionary zstd works alone.
Result<Bytes> seal_record(const DataKey& key, const CellPlace& place, Grade grade, const Record& record,
                          const RecordDictionary* dictionary, Random& random);
/// open_record takes the dictionary that record_header names, or none.
Result<Record> open_record(const KeyRing& ring, const CellPlace& place, ByteView sealed,
                           const RecordDictionary* dictionary);

struct RecordHeader {
  FormHeader header;
  std::uint8_t codec = 0;
  std::uint64_t dictionary = 0;
};
/// record_header tells key, grade and dictionary without any key; nothing of it is authenticated.
Result<RecordHeader> record_header(ByteView sealed);

}  // namespace kw::vault
