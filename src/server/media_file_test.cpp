#include "server/media_file.h"

#include <fstream>

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::take;

struct MediaFileTest : ::testing::Test {
  /// store writes pieces and gives the file's size.
  std::uint64_t store(const std::vector<std::string>& pieces, bool complete = true) {
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i)
      at = take(append_media(path, at, {id, i, complete && i + 1 == pieces.size(), bytes_of(pieces[i])}, key, random));
    return at;
  }
  Result<std::string> read(std::uint64_t pieces, bool complete = true) { return read_as(id, key, pieces, complete); }
  Result<std::string> read_as(const OrderId& as, const SecretBytes& with, std::uint64_t pieces, bool complete = true) {
    KW_TRY(const auto reader, MediaReader::open(path, {as, pieces, complete}, with.clone()));
    std::string out;
    for (;;) {
      KW_TRY(const auto piece, reader->next());
      if (!piece) return out;
      out += copy_text(*piece);
    }
  }
  std::string octets() {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& what) { std::ofstream(path, std::ios::binary | std::ios::trunc) << what; }

  testing::TemporaryDirectory dir;
  crypto::SystemRandom random;
  OrderId id = OrderId::make(Timestamp{1}, random);
  SecretBytes key{random.bytes(16)};
  std::filesystem::path path = dir.path() / "one.kwm";
};

TEST_F(MediaFileTest, GivesBackWhatWasStoredAndHidesItOnTheDisk) {
  const auto size = store({"a face", std::string(kMostMediaPiece, 'x'), "an end"});
  EXPECT_EQ(size, std::filesystem::file_size(path));
  EXPECT_EQ(take(read(3)), "a face" + std::string(kMostMediaPiece, 'x') + "an end");
  EXPECT_EQ(octets().find("a face"), std::string::npos);
  EXPECT_EQ(octets().find(std::string(64, 'x')), std::string::npos);
}

TEST_F(MediaFileTest, EveryFlippedBitIsTheOneDecryptionError) {
  store({"abc", "defg"});
  const auto good = octets();
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    write(bad);
    EXPECT_EQ(code(read(2)), Errc::decrypt_failed) << at;
  }
  write(good);
  EXPECT_EQ(take(read(2)), "abcdefg");
}

TEST_F(MediaFileTest, WhatIsCutSwappedOrSomeoneElsesDoesNotOpen) {
  store({"abc", "def", "ghi"});
  const auto good = octets();
  write(good.substr(0, good.size() - 1));
  EXPECT_EQ(code(read(3)), Errc::decrypt_failed) << "cut short";
  constexpr std::size_t kHead = 21, kRecord = 4 + 12 + 3 + 16;
  write(good.substr(0, kHead) + good.substr(kHead + kRecord, kRecord) + good.substr(kHead, kRecord) +
        good.substr(kHead + 2 * kRecord));
  EXPECT_EQ(code(read(3)), Errc::decrypt_failed) << "swapped pieces";
  write(good);
  EXPECT_EQ(code(read(2)), Errc::decrypt_failed) << "two of three are no whole recording";
  EXPECT_EQ(take(read(2, false)), "abcdef");
  EXPECT_EQ(code(read_as(OrderId::make(Timestamp{2}, random), key, 3)), Errc::decrypt_failed);
  EXPECT_EQ(code(read_as(id, SecretBytes(random.bytes(16)), 3)), Errc::decrypt_failed);
  std::filesystem::remove(path);
  EXPECT_EQ(code(read(3)), Errc::decrypt_failed) << "not there";
  std::filesystem::create_symlink("/etc/passwd", path);
  EXPECT_EQ(code(read(3)), Errc::decrypt_failed) << "a link leads nowhere";
}

TEST_F(MediaFileTest, ALengthOutOfBoundsTakesNoMemory) {
  store({"abc"});
  auto bad = octets();
  for (std::size_t i = 21; i < 25; ++i) bad[i] = '\xff';
  write(bad);
  EXPECT_EQ(code(read(1)), Errc::decrypt_failed);
}

TEST_F(MediaFileTest, WhatARunBeforeHadNotToldIsWrittenOver) {
  const auto first = take(append_media(path, 0, {id, 0, false, bytes_of("abc")}, key, random));
  take(append_media(path, first, {id, 1, false, bytes_of("not told")}, key, random));
  take(append_media(path, first, {id, 1, true, bytes_of("d")}, key, random));
  EXPECT_EQ(take(read(2)), "abcd");
  EXPECT_EQ(code(append_media(path, 0, {id, 0, true, Bytes(kMostMediaPiece + 1)}, key, random)), Errc::too_large);
}

}  // namespace
}  // namespace kw::server
