#pragma once
// MediaFile is the stored form of one recording: its pieces, each sealed with SM4-GCM under the recording's own key.
//
//   "KWMF" 0x01 | order ID (16) | records;  record: u32 length | nonce (12) | SM4-GCM(piece)
//
// Associated data of a record: "KWMF" 0x01, the order's ID, its number (u64) and whether it is the recording's last: no
// record fits another place or another recording, and a recording that was cut short does not pass for a whole one.
// Everything that is wrong with a file, and a file that is not there, is one error: Errc::decrypt_failed.
#include <filesystem>
#include <optional>

#include "base/id.h"
#include "base/random.h"
#include "base/secret.h"

namespace kw::server {

inline constexpr std::size_t kMostMediaPiece = 256U << 10;

/// append_media writes piece `index` at octet `at` (0 for the first), has it durable, and gives where the next one
/// goes. What stood there before, of a run that did not come so far, is cut off. Errc::no_space, Errc::io.
struct MediaPieceToStore {
  OrderId id;
  std::uint64_t index = 0;
  bool last = false;
  ByteView data;
};
Result<std::uint64_t> append_media(const std::filesystem::path& path, std::uint64_t at, const MediaPieceToStore& piece,
                                   const SecretBytes& key, Random& random);

/// MediaReader gives a recording's pieces in their order; memory is that of one piece. One thread.
class MediaReader {
 public:
  struct What {
    OrderId id;
    std::uint64_t pieces = 0;
    bool complete = false;
  };
  static Result<std::unique_ptr<MediaReader>> open(const std::filesystem::path& path, const What& what,
                                                   SecretBytes key);
  ~MediaReader();
  MediaReader(const MediaReader&) = delete;
  MediaReader& operator=(const MediaReader&) = delete;
  /// next: nothing behind the last piece.
  Result<std::optional<Bytes>> next();

 private:
  MediaReader(int fd, What what, SecretBytes key) : fd_(fd), what_(what), key_(std::move(key)) {}
  int fd_;
  What what_;
  SecretBytes key_;
  std::uint64_t at_ = 0, index_ = 0;
};

/// open_media_record opens one record's octets without its length; PURE.
Result<Bytes> open_media_record(ByteView record, const MediaPieceToStore& place, const SecretBytes& key);

}  // namespace kw::server
