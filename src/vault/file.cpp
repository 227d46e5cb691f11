#include "vault/file.h"

#include <algorithm>

namespace kw::vault {
namespace {

bool is_key_of(const DataKey& key, const FilePlace& place) {
  return key.serves(KeyUse::file, place.collection) ||
         key.serves(KeyUse::file, file_scope(place.collection, place.file));
}

}  // namespace

Result<FileLayout> FileLayout::of_sealed(std::uint64_t octets) {
  if (octets < kFileHeader + 16 || octets > kFileHeader + kMostChunks * kSealedChunk)
    return fail(Errc::malformed, "size of a sealed file");
  FileLayout out;
  out.octets = octets;
  const auto body = octets - kFileHeader;
  out.chunks = (body + kSealedChunk - 1) / kSealedChunk;
  const auto last = body - (out.chunks - 1) * kSealedChunk;
  // an empty last chunk is there where the whole file is empty
  if (last < 16 || (last == 16 && out.chunks > 1)) return fail(Errc::malformed, "size of a sealed file");
  out.plain = body - out.chunks * 16;
  return out;
}

Result<ChunkCipher> ChunkCipher::make(const DataKey& key, const FilePlace& place, ByteView header, const Salt& salt) {
  Writer bound(256);
  bound.raw(header);
  place.write(bound);
  const auto of_file = message_key(key.hmac(), Form::file, salt);
  KW_TRY(auto cipher, crypto::Sm4Gcm::make(of_file.key()));
  std::array<Byte, 7> prefix;
  std::ranges::copy(of_file.nonce().first(prefix.size()), prefix.begin());
  return ChunkCipher(std::move(cipher), prefix, crypto::sm3(bound.view()));
}

std::array<Byte, 12> ChunkCipher::nonce(std::uint64_t index, bool last) const noexcept {
  std::array<Byte, 12> out;
  std::ranges::copy(prefix_, out.begin());
  for (unsigned i = 0; i < 4; ++i) out[7 + i] = static_cast<Byte>(index >> (8 * (3 - i)));
  out[11] = last ? 1 : 0;
  return out;
}

Result<Bytes> ChunkCipher::seal(std::uint64_t index, bool last, ByteView plain) const {
  return cipher_.seal(nonce(index, last), associated_, plain);
}

Result<SecretBytes> ChunkCipher::open(std::uint64_t index, bool last, ByteView sealed) const {
  auto plain = cipher_.open(nonce(index, last), associated_, sealed);
  if (!plain) return fail(Errc::decrypt_failed);
  return SecretBytes(std::move(*plain));
}

Result<FileSealer> FileSealer::make(const DataKey& key, const FilePlace& place, Grade grade, Random& random) {
  if (!place.fits()) return fail(Errc::invalid, "place of a file");
  if (!is_key_of(key, place)) return fail(Errc::wrong_usage, "key of another file");
  Salt salt;
  random.fill(salt);
  Writer header(kFileHeader);
  FormHeader{Form::file, static_cast<std::uint8_t>(grade), key.label().ref}.write(header);
  header.raw(salt);
  KW_TRY(auto cipher, ChunkCipher::make(key, place, header.view(), salt));
  return FileSealer(std::move(cipher), std::move(header).take());
}

Result<Bytes> FileSealer::seal(ByteView plain, bool last) {
  if (finished_) return fail(Errc::wrong_state, "the last chunk is sealed");
  if (plain.size() > kMostPiece || (!last && (plain.empty() || plain.size() % kChunk != 0)))
    return fail(Errc::invalid, "whole chunks but for the last");
  if (last && plain.empty() && tree_.size() > 0) return fail(Errc::invalid, "an empty last chunk");
  const auto count = std::max<std::size_t>(1, (plain.size() + kChunk - 1) / kChunk);
  if (tree_.size() + count > kMostChunks) return fail(Errc::too_large, "chunks of a file");
  Bytes out;
  out.reserve(plain.size() + count * 16);
  for (std::size_t i = 0; i < count; ++i) {
    const auto piece = plain.subspan(i * kChunk, std::min(kChunk, plain.size() - i * kChunk));
    KW_TRY(const auto sealed, cipher_.seal(tree_.size() + i, last && i + 1 == count, piece));
    append(out, sealed);
  }
  std::vector<ByteView> chunks;
  for (std::size_t at = 0; at < out.size(); at += kSealedChunk)
    chunks.push_back(ByteView(out).subspan(at, std::min(kSealedChunk, out.size() - at)));
  tree_.add(chunks);
  octets_ += out.size();
  finished_ = last;
  return out;
}

Result<FormHeader> file_header(ByteView octets) {
  KW_TRY(const auto form, read_sealed(octets, Form::file));
  if (!form.rest.empty()) return fail(Errc::trailing_data, "header of a file");
  return form.header;
}

Result<FileOpener> FileOpener::make(const KeyRing& ring, const FilePlace& place, ByteView header,
                                    std::uint64_t octets) {
  const auto layout = FileLayout::of_sealed(octets);
  const auto form = read_sealed(header, Form::file);
  if (!layout || !form || !form->rest.empty() || !place.fits()) return fail(Errc::decrypt_failed);
  KW_TRY(const auto* key, ring.opening(form->header.key));
  if (!is_key_of(*key, place)) return fail(Errc::decrypt_failed);
  auto cipher = ChunkCipher::make(*key, place, header, form->salt);
  if (!cipher) return fail(Errc::decrypt_failed);
  return FileOpener(std::move(*cipher), *layout);
}

Result<SecretBytes> FileOpener::open(std::uint64_t index, ByteView chunk) const {
  if (index >= layout_.chunks || chunk.size() != layout_.size(index)) return fail(Errc::decrypt_failed);
  return cipher_.open(index, index + 1 == layout_.chunks, chunk);
}

}  // namespace kw::vault
