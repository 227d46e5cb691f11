#pragma once
// RecordingReader gives a whole recording, or a range of it, out of its file in the vault's form (vault/file.h).
//
//   const RecordingPlace place("platform", row);                        camera/clip, DEVICE/ORDER
//   KW_TRY(const auto key, place.key(octets));                          the recording's own
//   KW_TRY(const auto reader, RecordingReader::open(path, place, key, row.stored));
//   KW_CHECK(reader->range(1 << 20, 500)); ... reader->next() ...
//
// A chunk of 64 KiB is in memory. Whatever is wrong with a file, and one that is not there, is one error:
// Errc::decrypt_failed. One thread at a time. Decision: ADR 124.
#include <filesystem>
#include <functional>

#include "store/ledger/file_ops.h"
#include "store/media.h"
#include "vault/file.h"

namespace kw::server {

/// RecordingPlace is where a recording stands, which its octets are bound to, and what its key is for.
class RecordingPlace {
 public:
  RecordingPlace(std::string tenant, const store::Media& row);
  [[nodiscard]] vault::FilePlace place() const { return {tenant_, collection_, file_}; }
  /// key makes the data key of kKeyOctets octets, which serves this recording alone.
  [[nodiscard]] Result<vault::DataKey> key(const SecretBytes& octets) const;

 private:
  std::string tenant_, collection_, file_;
  vault::KeyId key_;
};

class RecordingReader {
 public:
  static Result<std::unique_ptr<RecordingReader>> open(const std::filesystem::path& path, const RecordingPlace& place,
                                                       vault::DataKey key, std::uint64_t sealed);
  [[nodiscard]] std::uint64_t plain() const noexcept { return opener_.layout().plain; }
  /// range says what next() gives: `length` octets from `offset` on, both within the recording. Its first chunk is
  /// opened here.
  Result<> range(std::uint64_t offset, std::uint64_t length);
  /// next: at most a chunk; nothing behind the range.
  Result<std::optional<Bytes>> next();
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

  std::function<void()> on_damage;  // called where next fails

 private:
  RecordingReader(store::FileHandle file, vault::FileOpener opener)
      : file_(std::move(file)), opener_(std::move(opener)) {}
  Result<SecretBytes> chunk(std::uint64_t index) const;

  store::FileHandle file_;
  vault::FileOpener opener_;
  std::optional<SecretBytes> ready_;
  std::uint64_t at_ = 0, left_ = 0;
};

}  // namespace kw::server
