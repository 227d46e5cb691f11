// Sealed files: any chunk opens alone, no chunk opens elsewhere, and who has no key sees every change.
#include "vault/file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/file_statement.h"
#include "vault/test_keys.h"

namespace kw::vault {
namespace {

const FilePlace kFilm{"shenzhen", "camera", "film-1"};

struct Files : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(ring.add(key_of(KeyUse::file, "camera", {key_id(1), 1}), KeyState::active)); }
  static Bytes content(std::size_t size) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<Byte>(i * 31 >> 3);
    return out;
  }
  /// sealed writes `plain` in pieces of `piece` chunks.
  std::pair<Bytes, FileStatement> sealed(ByteView plain, std::size_t piece = 2) {
    auto sealer = *FileSealer::make(**ring.sealing(purpose_of(KeyUse::file, "camera")), kFilm, Grade::three, random);
    Bytes out = copy(sealer.header());
    do {
      const auto size = std::min(plain.size(), piece * kChunk);
      const bool last = size == plain.size();
      append(out, *sealer.seal(plain.first(size), last));
      plain = plain.subspan(size);
    } while (!sealer.finished());
    return {out, *statement_of(sealer, kFilm)};
  }
  Result<Bytes> opened(ByteView file, const FilePlace& place = kFilm) {
    KW_TRY(const auto opener,
           FileOpener::make(ring, place, file.first(std::min(file.size(), kFileHeader)), file.size()));
    const auto& layout = opener.layout();
    Bytes out;
    for (std::uint64_t i = 0; i < layout.chunks; ++i) {
      KW_TRY(const auto chunk, opener.open(i, file.subspan(layout.offset(i), layout.size(i))));
      append(out, chunk.reveal());
    }
    EXPECT_EQ(out.size(), layout.plain);
    return out;
  }
  static Result<> verified(const FileStatement& statement, ByteView file, std::size_t piece) {
    KW_TRY(auto verifier, FileVerifier::make(statement));
    for (std::size_t at = 0; at < file.size(); at += piece)
      KW_CHECK(verifier.add(file.subspan(at, std::min(piece, file.size() - at))));
    return verifier.finish();
  }
  KeyRing ring;
  CountingRandom random;
};

TEST_F(Files, ComeBackAtEverySize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk, 20 * kChunk + 7}) {
    const auto plain = content(size);
    const auto [file, statement] = sealed(plain);
    EXPECT_EQ(*opened(file), plain) << size;
    for (const std::size_t piece : {std::size_t{1000}, kSealedChunk, file.size()})
      EXPECT_TRUE(verified(statement, file, piece)) << size;
    EXPECT_EQ(statement.octets, file.size());
    EXPECT_EQ(file_header(ByteView(file).first(kFileHeader))->grade, 3);
  }
}

TEST_F(Files, PiecesDoNotShowInTheResult) {
  const auto plain = content(9 * kChunk + 1);
  CountingRandom same;
  random = same;
  const auto one = sealed(plain, 1);
  random = same;
  EXPECT_EQ(sealed(plain, 9).first, one.first);
}

TEST_F(Files, AnyChunkOpensAlone) {
  const auto plain = content(5 * kChunk + 100);
  const auto file = sealed(plain).first;
  const auto opener = *FileOpener::make(ring, kFilm, ByteView(file).first(kFileHeader), file.size());
  for (const std::uint64_t i : {5U, 0U, 3U}) {
    const auto chunk = opener.open(i, ByteView(file).subspan(opener.layout().offset(i), opener.layout().size(i)));
    ASSERT_TRUE(chunk);
    EXPECT_TRUE(equal(chunk->reveal(), ByteView(plain).subspan(i * kChunk, chunk->size())));
  }
  EXPECT_EQ(opener.open(6, {}).code(), Errc::decrypt_failed);
}

TEST_F(Files, ReorderedCutAndLengthenedFilesDoNotOpen) {
  const auto file = sealed(content(3 * kChunk)).first;
  const auto chunk = [&](std::size_t i) {
    return ByteView(file).subspan(kFileHeader + i * kSealedChunk, kSealedChunk);
  };
  const auto made_of = [&](std::initializer_list<std::size_t> chunks) {
    Bytes out = copy(ByteView(file).first(kFileHeader));
    for (const auto i : chunks) append(out, chunk(i));
    return out;
  };
  EXPECT_TRUE(opened(made_of({0, 1, 2})));
  for (const auto& other : {made_of({1, 0, 2}), made_of({0, 1}), made_of({0, 2}), made_of({0, 1, 2, 2}),
                            made_of({0, 1, 1, 2}), made_of({2}), made_of({0})})
    EXPECT_EQ(opened(other).code(), Errc::decrypt_failed);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{16}, kSealedChunk - 15, kSealedChunk - 1})
    EXPECT_EQ(opened(ByteView(file).first(file.size() - cut)).code(), Errc::decrypt_failed) << cut;
  // a chunk of another file of the same place and key
  const auto other = sealed(content(3 * kChunk)).first;
  auto mixed = made_of({0});
  append(mixed, ByteView(other).subspan(mixed.size()));
  EXPECT_EQ(opened(mixed).code(), Errc::decrypt_failed);
  EXPECT_EQ(opened(file, {"shenzhen", "camera", "film-2"}).code(), Errc::decrypt_failed);
  EXPECT_EQ(opened(file, {"guangzhou", "camera", "film-1"}).code(), Errc::decrypt_failed);
}

TEST_F(Files, EveryBrokenOctetOfAShortFileIsOneError) {
  const auto file = sealed(content(50)).first;
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto broken = file;
    broken[i] ^= 8;
    EXPECT_EQ(opened(broken).code(), Errc::decrypt_failed) << i;
    EXPECT_EQ(opened(ByteView(file).first(i)).code(), Errc::decrypt_failed) << i;
  }
}

TEST_F(Files, SealerTakesWholeChunksInOrder) {
  const auto key = key_of(KeyUse::file, "camera", {key_id(1), 1});
  auto sealer = *FileSealer::make(key, kFilm, Grade::two, random);
  EXPECT_EQ(sealer.seal(Bytes(kChunk - 1), false).code(), Errc::invalid);
  EXPECT_EQ(sealer.seal({}, false).code(), Errc::invalid);
  EXPECT_EQ(sealer.seal(Bytes(FileSealer::kMostPiece + 1), true).code(), Errc::invalid);
  EXPECT_EQ(statement_of(sealer, kFilm).code(), Errc::wrong_state);
  ASSERT_TRUE(sealer.seal(Bytes(kChunk), false));
  EXPECT_EQ(sealer.seal({}, true).code(), Errc::invalid);
  ASSERT_TRUE(sealer.seal(Bytes(1), true));
  EXPECT_EQ(sealer.seal(Bytes(1), true).code(), Errc::wrong_state);
  EXPECT_EQ(FileSealer::make(key_of(KeyUse::file, "photos", {key_id(1), 1}), kFilm, Grade::two, random).code(),
            Errc::wrong_usage);
  EXPECT_TRUE(FileSealer::make(key_of(KeyUse::file, "camera/film-1", {key_id(1), 1}), kFilm, Grade::two, random));
}

TEST_F(Files, WithoutAKeyEveryChangeShows) {
  const auto [file, statement] = sealed(content(18 * kChunk + 9));
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, kFileHeader, file.size() / 2, file.size() - 1}) {
    auto broken = file;
    broken[at] ^= 1;
    EXPECT_EQ(verified(statement, broken, 100'000).code(), Errc::corrupt) << at;
  }
  EXPECT_EQ(verified(statement, ByteView(file).first(file.size() - 1), 100'000).code(), Errc::corrupt);
  EXPECT_EQ(verified(statement, ByteView(file).first(10), 100'000).code(), Errc::corrupt);
  auto longer = file;
  longer.push_back(0);
  EXPECT_EQ(verified(statement, longer, 100'000).code(), Errc::corrupt);
}

TEST_F(Files, OneChunkIsCheckedByItsPath) {
  for (const std::size_t chunks : {1U, 2U, 3U, 7U, 8U, 13U}) {
    const auto plain = content(chunks * kChunk);
    auto sealer = *FileSealer::make(key_of(KeyUse::file, "camera", {key_id(1), 1}), kFilm, Grade::two, random);
    const auto body = *sealer.seal(plain, true);
    for (std::size_t i = 0; i < chunks; ++i) {
      const auto path = *sealer.tree().path(i);
      const auto chunk = ByteView(body).subspan(i * kSealedChunk, kSealedChunk);
      EXPECT_TRUE(check_chunk(chunk, i, chunks, path, sealer.tree().root())) << chunks << " " << i;
      EXPECT_EQ(check_chunk(chunk, i + 1, chunks, path, sealer.tree().root()).code(), Errc::corrupt);
      auto longer = path;
      longer.push_back(sealer.tree().root());
      EXPECT_EQ(check_chunk(chunk, i, chunks, longer, sealer.tree().root()).code(), Errc::corrupt);
      EXPECT_EQ(check_chunk(chunk.first(5), i, chunks, path, sealer.tree().root()).code(), Errc::corrupt);
    }
    EXPECT_EQ(sealer.tree().path(chunks).code(), Errc::not_found);
  }
}

TEST_F(Files, StatementsAreSignedAndRead) {
  const auto statement = sealed(content(10)).second;
  const auto key = *crypto::Sm2PrivateKey::generate();
  const auto object = *sign_statement(statement, key);
  EXPECT_EQ(*open_statement(object, key.public_key()), statement);
  EXPECT_EQ(open_statement(object, crypto::Sm2PrivateKey::generate()->public_key()).code(), Errc::bad_signature);
  auto other = object;
  (*other.mutable_payload())[60] ^= 1;
  EXPECT_EQ(open_statement(other, key.public_key()).code(), Errc::bad_signature);
  other = object;
  other.set_kind("checkpoint");
  EXPECT_EQ(open_statement(other, key.public_key()).code(), Errc::malformed);
  const auto payload = build_statement(statement);
  EXPECT_EQ(*parse_statement(payload), statement);
  for (std::size_t i = 0; i < payload.size(); ++i) EXPECT_FALSE(parse_statement(ByteView(payload).first(i))) << i;
}

TEST(FileLayout, SizesThatNoFileHas) {
  for (const std::uint64_t octets : {std::uint64_t{0}, std::uint64_t{kFileHeader}, std::uint64_t{kFileHeader + 15},
                                     std::uint64_t{kFileHeader + kSealedChunk + 1},
                                     std::uint64_t{kFileHeader + kSealedChunk + 16}, ~std::uint64_t{0}})
    EXPECT_EQ(FileLayout::of_sealed(octets).code(), Errc::malformed) << octets;
  EXPECT_EQ(FileLayout::of_sealed(kFileHeader + kSealedChunk + 17)->plain, kChunk + 1);
}

}  // namespace
}  // namespace kw::vault
