#pragma once
// FileSealer and FileOpener are a file or a video in chunks of 64 KiB, each of which opens alone.
//
//   octets header (form file) | salt (16) | chunk 0 | chunk 1 | ... ; a chunk is SM4-GCM(at most 65,536 octets)
//
// All chunks but the last are full; an empty file is one empty chunk. Key and nonce prefix are the message key of the
// salt; the nonce of a chunk is prefix (7) | index (u32) | 1 for the last, 0 for the others: the STREAM construction
// (Hoang, Reyhanitabar, Rogaway, Vizar, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015),
// in the shape that Tink's AES-GCM-HKDF streaming has. Chunks that were reordered, left out, appended or cut off do not
// open. Associated data: SM3(header | salt | place). Opening: Errc::decrypt_failed, whatever the cause. PURE.
#include "base/random.h"
#include "crypto/sm4.h"
#include "vault/key_ring.h"
#include "vault/merkle.h"
#include "vault/place.h"

namespace kw::vault {

inline constexpr std::size_t kChunk = 64 * 1024;
inline constexpr std::size_t kSealedChunk = kChunk + 16;
inline constexpr std::size_t kFileHeader = kHeader + kSalt;
inline constexpr std::uint64_t kMostChunks = std::uint64_t{1} << 32;

/// Where the chunks of a sealed file are.
struct FileLayout {
  std::uint64_t octets = 0;  // of the sealed file
  std::uint64_t chunks = 0;
  std::uint64_t plain = 0;  // octets of what it holds
  /// of_sealed: Errc::malformed for a size that no sealed file has.
  static Result<FileLayout> of_sealed(std::uint64_t octets);
  [[nodiscard]] std::uint64_t offset(std::uint64_t index) const noexcept { return kFileHeader + index * kSealedChunk; }
  [[nodiscard]] std::size_t size(std::uint64_t index) const noexcept {
    return index + 1 < chunks ? kSealedChunk : static_cast<std::size_t>(octets - offset(index));
  }
};

/// Key, nonce prefix and associated data of one file's chunks. Immutable, thread-safe.
class ChunkCipher {
 public:
  static Result<ChunkCipher> make(const DataKey& key, const FilePlace& place, ByteView header, const Salt& salt);
  Result<Bytes> seal(std::uint64_t index, bool last, ByteView plain) const;
  Result<SecretBytes> open(std::uint64_t index, bool last, ByteView sealed) const;

 private:
  ChunkCipher(crypto::Sm4Gcm cipher, std::array<Byte, 7> prefix, crypto::Digest associated)
      : cipher_(std::move(cipher)), prefix_(prefix), associated_(associated) {}
  [[nodiscard]] std::array<Byte, 12> nonce(std::uint64_t index, bool last) const noexcept;
  crypto::Sm4Gcm cipher_;
  std::array<Byte, 7> prefix_;
  crypto::Digest associated_;
};

/// One thread at a time. The header goes in front; then what seal returns, in order.
class FileSealer {
 public:
  /// make: Errc::wrong_usage for a key that is not of the file or its collection, invalid for a place.
  static Result<FileSealer> make(const DataKey& key, const FilePlace& place, Grade grade, Random& random);
  [[nodiscard]] ByteView header() const noexcept { return header_; }
  /// seal takes whole chunks, and with `last` whatever is left, at most kMostPiece at a time; many at once are hashed
  /// side by side. Errc::invalid otherwise, wrong_state after the last, too_large above kMostChunks.
  static constexpr std::size_t kMostPiece = 256 * kChunk;
  Result<Bytes> seal(ByteView plain, bool last);
  /// tree has a leaf for each chunk that seal has returned.
  [[nodiscard]] const ChunkTree& tree() const noexcept { return tree_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }

 private:
  FileSealer(ChunkCipher cipher, Bytes header) : cipher_(std::move(cipher)), header_(std::move(header)) {}
  ChunkCipher cipher_;
  Bytes header_;
  ChunkTree tree_;
  std::uint64_t octets_ = kFileHeader;
  bool finished_ = false;
};

/// Immutable, thread-safe: chunks open in any order.
class FileOpener {
 public:
  /// make takes the file's first kFileHeader octets and its size. Errc::decrypt_failed.
  static Result<FileOpener> make(const KeyRing& ring, const FilePlace& place, ByteView header, std::uint64_t octets);
  [[nodiscard]] const FileLayout& layout() const noexcept { return layout_; }
  /// open takes layout().size(index) octets from layout().offset(index).
  Result<SecretBytes> open(std::uint64_t index, ByteView chunk) const;

 private:
  FileOpener(ChunkCipher cipher, FileLayout layout) : cipher_(std::move(cipher)), layout_(layout) {}
  ChunkCipher cipher_;
  FileLayout layout_;
};

/// file_header tells key and grade without any key; nothing of it is authenticated.
Result<FormHeader> file_header(ByteView header);

}  // namespace kw::vault
