#pragma once
// RecordDictionary compresses and decompresses records of one matter with what such records have in common; zstd (RFC
// 8878).
//
// compress_plain and decompress_plain do the same without a dictionary. A dictionary is public: train it on invented or
// anonymous records, for whatever is in it stands in no ciphertext. It is known by the first 8 octets of its SM3. What
// the library works on is wiped. A frame says how much it holds, and one that says more than `most` is refused before
// memory is taken. PURE; immutable, thread-safe.
#include <memory>
#include <span>

#include "base/secret.h"

namespace kw::vault {

inline constexpr std::size_t kMostDictionary = 1 << 20;

class RecordDictionary {
 public:
  /// load: Errc::too_large above kMostDictionary, malformed for what zstd does not take or fewer than 8 octets.
  static Result<RecordDictionary> load(ByteView octets);
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  Result<SecretBytes> compress(ByteView plain) const;
  /// decompress: Errc::malformed, too_large.
  Result<SecretBytes> decompress(ByteView packed, std::size_t most) const;

 private:
  struct Tables;
  RecordDictionary(std::uint64_t id, std::shared_ptr<const Tables> tables) : id_(id), tables_(std::move(tables)) {}
  std::uint64_t id_;
  std::shared_ptr<const Tables> tables_;
};

Result<SecretBytes> compress_plain(ByteView plain);
Result<SecretBytes> decompress_plain(ByteView packed, std::size_t most);

/// train_dictionary makes a dictionary of at most `most` octets out of samples: Errc::invalid where they are too few or
/// too alike for zstd.
Result<Bytes> train_dictionary(std::span<const ByteView> samples, std::size_t most);

}  // namespace kw::vault
