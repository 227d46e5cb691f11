#include "server/media_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm4.h"
#include "store/ledger/file_ops.h"

namespace kw::server {
namespace {

constexpr std::string_view kMagic = "KWMF\x01";
constexpr std::size_t kHead = kMagic.size() + 16;
constexpr std::size_t kMostRecord = crypto::kGcmNonce + kMostMediaPiece + crypto::kGcmTag;

Bytes place_of(const MediaPieceToStore& piece) {
  Writer out;
  out.raw(bytes_of(kMagic)).raw(piece.id.bytes()).u64(piece.index).u8(piece.last ? 1 : 0);
  return std::move(out).take();
}

tl::unexpected<Error> damaged() { return fail(Errc::decrypt_failed, "recording"); }

/// read_at fills `to`; false where the file ends before, or cannot be read.
bool read_at(int fd, MutableByteView to, std::uint64_t at) {
  while (!to.empty()) {
    const auto got = ::pread(fd, to.data(), to.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += static_cast<std::uint64_t>(got);
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

Result<std::uint64_t> append_media(const std::filesystem::path& path, std::uint64_t at, const MediaPieceToStore& piece,
                                   const SecretBytes& key, Random& random) {
  if (piece.data.size() > kMostMediaPiece) return fail(Errc::too_large, "media piece");
  KW_TRY(const auto cipher, crypto::Sm4Gcm::make(key.reveal()));
  const auto nonce = random.bytes(crypto::kGcmNonce);
  KW_TRY(const auto sealed, cipher.seal(nonce, place_of(piece), piece.data));
  Writer record;
  if (at == 0) record.raw(bytes_of(kMagic)).raw(piece.id.bytes());
  record.u32(static_cast<std::uint32_t>(nonce.size() + sealed.size())).raw(nonce).raw(sealed);
  store::PosixFileOps files;
  const bool fresh = at == 0;
  KW_TRY(const auto file, files.open_for_writing(path));
  KW_CHECK(files.truncate(file, at));
  KW_CHECK(files.write_at(file, record.view(), at));
  KW_CHECK(files.sync_data(file));
  if (fresh) KW_CHECK(files.sync_directory(path.parent_path()));
  return at + record.size();
}

Result<Bytes> open_media_record(ByteView record, const MediaPieceToStore& place, const SecretBytes& key) {
  if (record.size() < crypto::kGcmNonce + crypto::kGcmTag || record.size() > kMostRecord) return damaged();
  const auto cipher = crypto::Sm4Gcm::make(key.reveal());
  if (!cipher) return damaged();
  auto out = cipher->open(record.first(crypto::kGcmNonce), place_of(place), record.subspan(crypto::kGcmNonce));
  if (!out) return damaged();
  return out;
}

Result<std::unique_ptr<MediaReader>> MediaReader::open(const std::filesystem::path& path, const What& what,
                                                       SecretBytes key) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return damaged();
  std::unique_ptr<MediaReader> out(new MediaReader(fd, what, std::move(key)));
  Bytes head(kHead);
  if (!read_at(fd, head, 0) || !equal(ByteView(head).first(kMagic.size()), bytes_of(kMagic)) ||
      !equal(ByteView(head).subspan(kMagic.size()), what.id.bytes()))
    return damaged();
  out->at_ = kHead;
  return out;
}

MediaReader::~MediaReader() { ::close(fd_); }

Result<std::optional<Bytes>> MediaReader::next() {
  if (index_ == what_.pieces) return std::optional<Bytes>();
  Bytes length(4);
  if (!read_at(fd_, length, at_)) return damaged();
  KW_TRY(const auto size, Reader(length).u32());
  if (size > kMostRecord) return damaged();
  Bytes record(size);
  if (!read_at(fd_, record, at_ + 4)) return damaged();
  at_ += 4 + size;
  const bool last = what_.complete && index_ + 1 == what_.pieces;
  KW_TRY(auto out, open_media_record(record, {what_.id, index_, last, {}}, key_));
  ++index_;
  return std::optional(std::move(out));
}

}  // namespace kw::server
