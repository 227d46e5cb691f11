// Whole recordings in the vault's form: read by range, verified without a key, found damaged, made of older ones.
#include <gtest/gtest.h>

#include <fstream>

#include "crypto/pem.h"
#include "schema/codec.h"
#include "server/testing/watching.h"
#include "vault/file_statement.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::take;
using testing::Watching;

struct SealedMedia : ::testing::Test, Watching {
  static std::string film(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 37 >> 4);
    return out;
  }
  /// stored sends a clip in pieces as a kiosk does.
  OrderId stored(const std::string& whole, std::size_t piece_size = 100'000) {
    const auto id = ask("clip", {{"from", "a"}, {"until", "b"}});
    for (std::size_t at = 0, i = 0; at < whole.size(); at += piece_size, ++i) {
      const bool last = at + piece_size >= whole.size();
      EXPECT_EQ(give(piece(id, "clip", i, last, whole.substr(at, piece_size))).outcome(), "taken");
    }
    return id;
  }
  std::string range(const OrderId& id, std::uint64_t offset, std::optional<std::uint64_t> length) {
    const auto opened = media.read(id, "why", security, {offset, length});
    if (!opened) return "refused: " + opened.error().text();
    std::string out;
    for (auto next = take(opened->pieces->next()); next; next = take(opened->pieces->next())) out += copy_text(*next);
    return out;
  }
  vault::FileStatement signed_of(const OrderId& id) {
    const auto text = take(media.statement(id));
    std::string_view rest = text;
    const auto block = take(crypto::pem_find(rest, vault::kStatementLabel));
    const auto object = take(schema::parse<v1::Signed>(block.reveal(), 8192));
    return take(vault::open_statement(object, testing::test_keys().ledger_key().public_key()));
  }
  static std::string octets_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// verified is what `kioskward verify vault-file` does: no key.
  static bool verified(const vault::FileStatement& statement, const std::string& octets) {
    auto verifier = take(vault::FileVerifier::make(statement));
    return verifier.add(bytes_of(octets)).has_value() && verifier.finish().has_value();
  }
  [[nodiscard]] std::filesystem::path arrived(const OrderId& id) const {
    return media_dir.path() / (id.text() + ".kwm");
  }
  void flip(const OrderId& id, std::uint64_t at) const {
    std::fstream out(file(id), std::ios::binary | std::ios::in | std::ios::out);
    out.seekg(static_cast<std::streamoff>(at));
    const char octet = static_cast<char>(out.get() ^ 1);
    out.seekp(static_cast<std::streamoff>(at));
    out.put(octet);
  }
  /// made_older puts a stored recording into the form of before, as an older platform left it.
  void made_older(const OrderId& id, const std::string& whole) {
    auto row = take(media.get(id));
    const SecretBytes key(random.bytes(16));
    row.stored = take(append_media(arrived(id), 0, {id, 0, true, bytes_of(whole)}, key, random));
    row.key = take(testing::test_keys().sealer().seal("media:" + id.text(), key.reveal(), random));
    row.statement.clear();
    row.pieces = 1;
    good(store->write([&](auto& r) { return r.media().update(row); }));
    std::filesystem::remove(file(id));
  }
};

TEST_F(SealedMedia, AWholeRecordingIsAFileOfTheVault) {
  for (const auto size : {std::size_t{1}, vault::kChunk, vault::kChunk + 1, std::size_t{700'000}}) {
    const auto whole = film(size);
    const auto id = stored(whole);
    EXPECT_TRUE(content(id) == whole) << size;
    const auto row = take(media.get(id));
    EXPECT_FALSE(std::filesystem::exists(arrived(id))) << "the form of arrival is gone";
    const auto octets = octets_of(file(id));
    EXPECT_EQ(octets.size(), row.stored);
    EXPECT_EQ(std::filesystem::status(file(id)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto statement = signed_of(id);
    EXPECT_EQ(statement.tenant, "platform");
    EXPECT_EQ(statement.collection, "camera/clip");
    EXPECT_EQ(statement.file, device.text() + "/" + id.text());
    EXPECT_EQ(last("media.stored").params().at("root"), to_hex(statement.root));
    EXPECT_TRUE(verified(statement, octets));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(media_dir.path()), {}), 1);
    std::filesystem::remove(file(id));
  }
}

TEST_F(SealedMedia, ARangeIsThatPartOfTheWhole) {
  const auto whole = film(3 * vault::kChunk + 500);
  const auto id = stored(whole);
  for (const std::uint64_t offset :
       {std::uint64_t{0}, vault::kChunk - 1, vault::kChunk, 2 * vault::kChunk + 7, whole.size() - 1})
    for (const std::uint64_t length : {std::uint64_t{1}, vault::kChunk, std::uint64_t{1} << 40})
      EXPECT_TRUE(range(id, offset, length) == whole.substr(offset, length)) << offset << " " << length;
  EXPECT_TRUE(range(id, 5, std::nullopt) == whole.substr(5));
  EXPECT_EQ(code(media.read(id, "why", security, {whole.size(), std::nullopt})), Errc::invalid);
}

TEST_F(SealedMedia, AnyFlippedOctetIsFoundWithTheKeyAndWithout) {
  const auto whole = film(2 * vault::kChunk + 100);
  const auto id = stored(whole);
  const auto statement = signed_of(id);
  const auto sealed_size = std::filesystem::file_size(file(id));
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{10}, vault::kFileHeader - 1, vault::kFileHeader + 5,
                                 vault::kFileHeader + vault::kSealedChunk - 1, sealed_size - 1}) {
    flip(id, at);
    EXPECT_EQ(code(media.read(id, "why", security, {})), Errc::decrypt_failed) << at;
    EXPECT_FALSE(verified(statement, octets_of(file(id)))) << at;
    flip(id, at);
  }
  EXPECT_GE(count("media.damaged"), 1u);
  EXPECT_TRUE(content(id) == whole);
  flip(id, vault::kFileHeader + 2 * vault::kSealedChunk);
  EXPECT_TRUE(range(id, 0, vault::kChunk) == whole.substr(0, vault::kChunk)) << "a range opens its chunks alone";
  clock.advance(1h);
  const auto before = count("media.damaged");
  const auto opened = take(media.read(id, "why", security, {vault::kChunk, std::nullopt}));
  EXPECT_TRUE(opened.pieces->next());
  EXPECT_EQ(code(opened.pieces->next()), Errc::decrypt_failed) << "the body ends";
  EXPECT_EQ(count("media.damaged"), before + 1) << "and it is told";
}

TEST_F(SealedMedia, AFileInAnothersPlaceDoesNotOpen) {
  const auto whole = film(1000);
  const auto one = stored(whole), two = stored(whole);
  std::filesystem::copy_file(file(one), file(two), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(code(media.read(two, "why", security, {})), Errc::decrypt_failed);
  std::filesystem::resize_file(file(one), std::filesystem::file_size(file(one)) - 1);
  EXPECT_EQ(code(media.read(one, "why", security, {})), Errc::decrypt_failed);
}

TEST_F(SealedMedia, OlderRecordingsGetTheFormWhenTheyAreLookedAtOrByTheClock) {
  const auto whole = film(150'000);
  const auto looked_at = stored(whole), left = stored(whole);
  made_older(looked_at, whole);
  made_older(left, whole);
  EXPECT_TRUE(content(looked_at) == whole);
  EXPECT_EQ(last("media.resealed").params().at("order"), looked_at.text());
  good(media.tick());
  EXPECT_EQ(count("media.resealed"), 2u);
  for (const auto& id : {looked_at, left}) {
    EXPECT_FALSE(std::filesystem::exists(arrived(id)));
    EXPECT_TRUE(verified(signed_of(id), octets_of(file(id))));
    EXPECT_TRUE(content(id) == whole);
  }
  good(media.tick());
  EXPECT_EQ(count("media.resealed"), 2u);
}

TEST_F(SealedMedia, AnOlderOneThatIsDamagedIsToldAndStopsNobody) {
  const auto whole = film(5000);
  const auto bad = stored(whole), fine = stored(whole);
  made_older(bad, whole);
  made_older(fine, whole);
  std::filesystem::resize_file(arrived(bad), 100);
  good(media.tick());
  EXPECT_EQ(last("media.damaged").params().at("order"), bad.text());
  EXPECT_EQ(last("media.resealed").params().at("order"), fine.text());
  EXPECT_EQ(code(media.read(bad, "why", security, {})), Errc::decrypt_failed);
  EXPECT_EQ(code(media.sealed(bad, security)), Errc::decrypt_failed);
  EXPECT_EQ(code(media.statement(bad)), Errc::decrypt_failed);
  EXPECT_FALSE(std::filesystem::exists(media_dir.path() / (bad.text() + ".part")));
}

TEST_F(SealedMedia, WhoeverTakesTheSealedFileIsRecordedAndTheKeyGoesWithItsAge) {
  const auto id = stored(film(1000));
  const auto given = take(media.sealed(id, security));
  EXPECT_EQ(given.path, file(id));
  EXPECT_EQ(last("media.exported").person(), "secadmin");
  const auto copied = octets_of(file(id));
  const auto statement = signed_of(id);
  clock.advance(24h * 31);
  good(media.tick());
  EXPECT_FALSE(std::filesystem::exists(file(id)));
  EXPECT_TRUE(take(media.get(id)).key.empty()) << "a copy of the file is noise from now on";
  EXPECT_EQ(code(media.sealed(id, security)), Errc::wrong_state);
  EXPECT_TRUE(verified(signed_of(id), copied)) << "what it was can still be shown";
  const auto arriving = ask("snapshot");
  give(piece(arriving, "snapshot", 0, false, "abc"));
  EXPECT_EQ(code(media.statement(arriving)), Errc::wrong_state);
}

TEST_F(SealedMedia, WhatAStopLeftBehindIsWrittenOver) {
  const auto id = ask("snapshot");
  EXPECT_EQ(give(piece(id, "snapshot", 0, false, "abc")).outcome(), "taken");
  std::ofstream(media_dir.path() / (id.text() + ".part")) << std::string(100'000, 'x');
  std::ofstream(file(id)) << std::string(100'000, 'x');
  store->full = true;
  EXPECT_EQ(code(media.take(device, piece(id, "snapshot", 1, true, "def"))), Errc::no_space);
  store->full = false;
  EXPECT_EQ(give(piece(id, "snapshot", 1, true, "def")).outcome(), "taken") << "the kiosk sends it again";
  EXPECT_EQ(content(id), "abcdef");
}

}  // namespace
}  // namespace kw::server
