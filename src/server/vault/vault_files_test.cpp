// Files of cases: taken in parts, given back by range, told when somebody touched them, gone when their time is over.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "crypto/pem.h"
#include "schema/codec.h"
#include "server/testing/vault_bed.h"
#include "vault/file_statement.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::new_case;
using testing::one_of;
using testing::sample_values;
using testing::take;

const VaultTerms kForEntry{"entry", "C-2026-1"}, kForListing{"listing", "C-2026-1"};
constexpr std::size_t kChunk = vault::kChunk;

struct VaultFilesTest : ::testing::Test, testing::VaultBed {
  VaultFiles& files() { return house->files(); }
  VaultAsker clerk(const std::string& account = "clerk") {
    auto out = official("operator");
    out.actor.person = account;
    out.district = "福田区";
    return out;
  }
  store::VaultCaseId filed() {
    return take(service().put(clerk(), kMatter, kForEntry, one_of(new_case(sample_values())))).front().id;
  }
  static Bytes content(std::size_t size, Byte seed = 31) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<Byte>(i * seed >> 3);
    return out;
  }
  Result<FileProgress> part(const VaultAsker& who, const store::VaultCaseId& id, ByteView octets, std::uint64_t number,
                            bool last, const std::optional<VaultUploadId>& upload = {}, const char* field = "photo") {
    FilePart one;
    one.of = {id, field};
    one.upload = upload;
    one.part = number;
    one.last = last;
    one.octets = SecretBytes::copy_of(octets);
    return files().put(who, kMatter, kForEntry, std::move(one));
  }
  /// stored uploads in pieces of `piece` octets.
  FileProgress stored(const store::VaultCaseId& id, ByteView plain, std::size_t piece = 700'000) {
    std::optional<VaultUploadId> upload;
    for (std::uint64_t i = 0;; ++i) {
      const auto size = std::min(piece, plain.size());
      const auto done = take(part(clerk(), id, plain.first(size), i, size == plain.size(), upload));
      plain = plain.subspan(size);
      if (done.file) return done;
      EXPECT_EQ(done.next, i + 1);
      upload = done.upload;
    }
  }
  static Result<Bytes> drained(Result<GivenFile> given) {
    if (!given) return given.error();
    Bytes out;
    while (true) {
      KW_TRY(const auto piece, given->octets->next());
      if (!piece) break;
      EXPECT_LE(piece->size(), kChunk);
      append(out, *piece);
    }
    EXPECT_EQ(out.size(), given->octets->size());
    return out;
  }
  Result<Bytes> plain(const store::VaultCaseId& id, const FileRange& range = {}, const std::string& role = "operator") {
    return drained(files().read(official(role), kMatter, kForListing, {id, "photo"}, range));
  }
  std::filesystem::path path(const store::VaultFileId& file, const char* end = ".sealed") const {
    return directory.path() / "vault" / (file.text() + end);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& one : std::filesystem::directory_iterator(directory.path() / "vault"))
      out.push_back(one.path().filename().string());
    return out;
  }
  static void flip(const std::filesystem::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto octet = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(octet);
  }
  std::vector<std::string> found() {
    good(house->look(false));
    std::vector<std::string> out;
    for (const auto& one : house->watch().found()) out.push_back(one.what + " " + one.first);
    std::ranges::sort(out);
    return out;
  }
  static std::string word(const Error& error) { return error.detail().substr(0, error.detail().find(':')); }
  store::VaultFile row(const store::VaultCaseId& id) {
    return take(bed.platform.store->read([&](auto& r) { return r.vault().get_file(kMatter, id, "photo"); }));
  }
};

TEST_F(VaultFilesTest, ComeBackAtEverySizeAndInEveryPiece) {
  for (const auto size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk, 1'500'000UL})
    for (const auto piece : {kChunk, std::size_t{700'000}}) {
      const auto id = filed();
      const auto octets = content(size);
      const auto done = stored(id, octets, piece);
      EXPECT_EQ(done.file->plain, size);
      EXPECT_EQ(take(plain(id)), octets) << size << " " << piece;
      EXPECT_EQ(std::filesystem::file_size(path(done.file->file)), done.file->sealed);
      const auto mode = std::filesystem::status(path(done.file->file)).permissions();
      EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
  const auto records = bed.entries("vault.file.stored");
  ASSERT_EQ(records.size(), 14U);
  EXPECT_EQ(records.back().params().at("octets"), "1500000");
  EXPECT_EQ(records.back().params().at("consent"), "C-2026-1");
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultFilesTest, ARangeIsThatPartOfTheWhole) {
  const auto id = filed();
  const auto octets = content(3 * kChunk + 500);
  stored(id, octets);
  const auto range = [&](std::uint64_t offset, std::optional<std::uint64_t> length) {
    return plain(id, {offset, length});
  };
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{1}, kChunk - 1, kChunk, 2 * kChunk + 7, octets.size() - 1})
    for (const std::uint64_t length :
         {std::uint64_t{1}, std::uint64_t{2}, kChunk, 2 * kChunk, std::uint64_t{1} << 40}) {
      const auto size = std::min<std::uint64_t>(length, octets.size() - offset);
      EXPECT_EQ(take(range(offset, length)), copy(ByteView(octets).subspan(offset, size))) << offset << " " << length;
    }
  EXPECT_EQ(take(range(5, std::nullopt)), copy(ByteView(octets).subspan(5)));
  EXPECT_EQ(word(range(octets.size(), 1).error()), "value_invalid");
  // Only the chunks of a range are opened: what is damaged elsewhere does not matter to it.
  flip(path(row(id).file), vault::kFileHeader + 5);
  EXPECT_TRUE(range(kChunk, kChunk));
  EXPECT_EQ(code(range(0, 1)), Errc::corrupt);
}

TEST_F(VaultFilesTest, OneUploadIsTakenInOrderFromWhoBeganIt) {
  const auto id = filed(), other = filed();
  const auto begun = take(part(clerk(), id, content(10), 0, false));
  EXPECT_EQ(begun.next, 1U);
  EXPECT_EQ(word(part(clerk(), id, content(10), 2, false, begun.upload).error()), "upload_order");
  EXPECT_EQ(word(part(clerk(), id, content(10), 0, false, begun.upload).error()), "upload_order");
  EXPECT_EQ(word(part(clerk(), id, content(10), 1, false).error()), "upload_order");
  EXPECT_EQ(word(part(clerk("another"), id, content(10), 1, true, begun.upload).error()), "upload_unknown");
  EXPECT_EQ(word(part(clerk(), other, content(10), 1, true, begun.upload).error()), "upload_unknown");
  EXPECT_EQ(word(part(clerk(), id, {}, 1, false, begun.upload).error()), "value_invalid");
  EXPECT_TRUE(take(part(clerk(), id, content(10), 1, true, begun.upload)).file) << "none of these ended it";
  EXPECT_EQ(word(part(clerk(), id, content(10), 2, true, begun.upload).error()), "upload_unknown");
  auto twice = content(10);
  append(twice, content(10));
  EXPECT_EQ(take(plain(id)), twice);
}

TEST_F(VaultFilesTest, SizesAndNumbersAreBounded) {
  const auto id = filed();
  EXPECT_EQ(code(part(clerk(), id, content(VaultFiles::kMostPart + 1), 0, false)), Errc::too_large);
  const auto most = content(VaultFiles::kMostPart);
  auto upload = take(part(clerk(), id, most, 0, false)).upload;
  std::uint64_t number = 1;
  for (std::uint64_t sum = most.size(); sum + most.size() <= VaultFiles::kMostFile; sum += most.size())
    take(part(clerk(), id, most, number++, false, upload));
  EXPECT_EQ(code(part(clerk(), id, most, number, true, upload)), Errc::too_large);
  EXPECT_EQ(word(part(clerk(), id, content(1), number, true, upload).error()), "upload_unknown") << "it is over";
  EXPECT_TRUE(names().empty()) << "and nothing of it stays";
  for (std::size_t i = 0; i < VaultFiles::kMostUploads; ++i)
    upload = take(part(clerk("clerk" + std::to_string(i)), id, content(1), 0, false)).upload;
  EXPECT_EQ(word(part(clerk(), id, content(1), 0, false).error()), "too_often");
  EXPECT_TRUE(
      take(part(clerk("clerk" + std::to_string(VaultFiles::kMostUploads - 1)), id, content(1), 1, true, upload)).file);
  EXPECT_TRUE(take(part(clerk(), id, content(1), 0, true)).file) << "there is room again";
}

TEST_F(VaultFilesTest, OnlyFieldsOfFilesTakeFiles) {
  const auto id = filed();
  const auto refused = [&](const VaultAsker& who, const char* field) {
    return word(part(who, id, content(1), 0, true, {}, field).error());
  };
  EXPECT_EQ(refused(clerk(), "nothing"), "field_unknown");
  EXPECT_EQ(refused(clerk(), "phone"), "field_forbidden");
  EXPECT_EQ(refused(clerk(), "live_face"), "field_forbidden");
  auto elsewhere = clerk("elsewhere");
  elsewhere.within = std::vector<SiteId>{};
  EXPECT_EQ(refused(elsewhere, "photo"), "case_unknown");
  FilePart one;
  one.of = {id, "photo"};
  one.last = true;
  EXPECT_EQ(word(files().put(clerk(), kMatter, kForListing, std::move(one)).error()), "purpose_forbidden");
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(word(plain(id).error()), "file_unknown");
}

TEST_F(VaultFilesTest, WhoMayNotSeeItWholeDoesNotSeeIt) {
  const auto mine = person("ouyang");
  const auto id = take(service().put(mine, kMatter, kForEntry, one_of(new_case(sample_values())))).front().id;
  stored(id, content(100));
  EXPECT_TRUE(plain(id));
  EXPECT_EQ(plain(id, {}, "audit").error().detail(), "reveal_refused: role_not_named");
  EXPECT_EQ(plain(id, {}, "security").error().detail(), "reveal_refused: role_not_named");
  const auto as = [&](const VaultAsker& who) {
    return drained(files().read(who, kMatter, kForListing, {id, "photo"}, {})).error().detail();
  };
  EXPECT_EQ(as(mine), "reveal_refused: role_not_named") << "the catalogue names the operator alone";
  EXPECT_EQ(word(Error(Errc::not_found, as(person("curious")))), "case_unknown");
  auto elsewhere = clerk("elsewhere");
  elsewhere.within = std::vector<SiteId>{};
  EXPECT_EQ(word(Error(Errc::not_found, as(elsewhere))), "case_unknown");
  const auto agent = person("agent");
  auto for_another = new_case(sample_values());
  for_another.for_another = true;
  const auto his = take(service().put(agent, kMatter, kForEntry, one_of(std::move(for_another)))).front().id;
  stored(his, content(100));
  EXPECT_EQ(drained(files().read(agent, kMatter, kForListing, {his, "photo"}, {})).error().detail(),
            "reveal_refused: trunk_only");
  const auto records = bed.entries("vault.revealed");
  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(records[0].result(), "success");
  EXPECT_EQ(records[0].params().at("fields") + " " + records[0].params().at("place"), "photo file");
  EXPECT_EQ(records[1].result(), "refused");
  EXPECT_EQ(records[4].params().at("why"), "trunk_only");
}

TEST_F(VaultFilesTest, ANewFileTakesThePlaceOfTheOld) {
  const auto id = filed();
  const auto before = *stored(id, content(2 * kChunk)).file;
  auto reading = take(files().read(clerk(), kMatter, kForListing, {id, "photo"}, {}));
  const auto after = *stored(id, content(100, 7)).file;
  EXPECT_NE(before.file, after.file);
  EXPECT_EQ(names(), std::vector{after.file.text() + ".sealed"});
  EXPECT_EQ(take(plain(id)), content(100, 7));
  EXPECT_EQ(take(drained(std::move(reading))), content(2 * kChunk)) << "who reads the old one reads it to its end";
  // The old file under the new row, or another case's, does not open.
  const auto other = filed();
  stored(other, content(100, 7));
  std::filesystem::copy_file(path(row(other).file), path(after.file),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(code(plain(id)), Errc::corrupt);
}

TEST_F(VaultFilesTest, DamageIsToldOnce) {
  const auto id = filed(), far = filed();
  stored(id, content(100));
  stored(far, content(3 * kChunk));
  flip(path(row(id).file), vault::kFileHeader + 3);
  EXPECT_EQ(code(plain(id)), Errc::corrupt);
  EXPECT_EQ(code(plain(id)), Errc::corrupt);
  ASSERT_EQ(told("vault.rows.differ"), 1U);
  const auto entry = bed.entries("vault.rows.differ").front();
  EXPECT_EQ(entry.params().at("what") + " " + entry.params().at("case"), "files " + id.text());
  EXPECT_EQ(told("vault.revealed"), 0U) << "nobody saw anything";
  EXPECT_EQ(found(), std::vector{"files " + id.text()});
  EXPECT_EQ(told("vault.rows.differ"), 1U);
  flip(path(row(far).file), vault::kFileHeader + 2 * vault::kSealedChunk);
  auto given = take(files().read(clerk(), kMatter, kForListing, {far, "photo"}, {}));
  EXPECT_EQ(take(given.octets->next())->size(), kChunk);
  EXPECT_TRUE(take(given.octets->next()));
  EXPECT_EQ(code(given.octets->next()), Errc::corrupt) << "the body ends where the damage begins";
  EXPECT_EQ(told("vault.rows.differ"), 2U);
  stored(id, content(5));
  EXPECT_EQ(found(), std::vector{"files " + far.text()}) << "a new file is whole";
}

TEST_F(VaultFilesTest, FilesWithoutRowsAndRowsWithoutFilesAreFound) {
  const auto gone = filed(), cut = filed(), whole = filed();
  for (const auto& id : {gone, cut, whole}) stored(id, content(100));
  EXPECT_EQ(found(), std::vector<std::string>{});
  std::filesystem::remove(path(row(gone).file));
  EXPECT_EQ(found(), std::vector{"files " + gone.text()});
  EXPECT_EQ(code(plain(gone)), Errc::corrupt);
  std::filesystem::resize_file(path(row(cut).file), 50);
  EXPECT_EQ(code(plain(cut)), Errc::corrupt);
  std::filesystem::copy_file(path(row(whole).file), path(store::VaultFileId::make({}, bed.platform.random)));
  std::vector<std::string> all{"files ", "files " + gone.text(), "files " + cut.text()};
  std::ranges::sort(all);
  EXPECT_EQ(found(), all);
  EXPECT_EQ(told("vault.rows.differ"), 3U);
  reopen();
  EXPECT_EQ(told("vault.rows.differ"), 6U) << "a start looks, too";
  EXPECT_TRUE(plain(whole));
}

TEST_F(VaultFilesTest, WhatAnUploadLeftIsRemovedAtTheStartAndAfterTenMinutes) {
  const auto id = filed();
  stored(id, content(100));
  const auto upload = take(part(clerk(), id, content(2 * kChunk), 0, false)).upload;
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(found(), std::vector<std::string>{}) << "somebody is at it";
  bed.platform.clock.advance(std::chrono::minutes(9));
  take(files().sweep());
  take(part(clerk(), id, content(10), 1, false, upload));
  bed.platform.clock.advance(std::chrono::minutes(9));
  take(files().sweep());
  EXPECT_EQ(names().size(), 2U) << "somebody goes on with it";
  bed.platform.clock.advance(std::chrono::minutes(2));
  take(files().sweep());
  EXPECT_EQ(names().size(), 1U);
  EXPECT_EQ(word(part(clerk(), id, content(10), 2, true, upload).error()), "upload_unknown");
  take(part(clerk(), id, content(2 * kChunk), 0, false));
  EXPECT_EQ(names().size(), 2U);
  reopen();
  EXPECT_EQ(names(), std::vector{row(id).file.text() + ".sealed"});
  EXPECT_EQ(take(plain(id)), content(100));
}

TEST_F(VaultFilesTest, APowerCutAtTheEndOfAnUploadLosesNothing) {
  const auto id = filed();
  const auto file = stored(id, content(100)).file->file;
  std::filesystem::rename(path(file), path(file, ".part"));  // the row was committed, the name was not
  reopen();
  EXPECT_EQ(take(plain(id)), content(100));
  // What was replaced is named in the store until it is removed.
  const auto kept = path(file).string() + ".kept";
  std::filesystem::copy_file(path(file), kept);
  stored(id, content(50));
  good(bed.platform.store->write([&](auto& r) { return r.vault().forget_gone(file); }));
  std::filesystem::rename(kept, path(file));
  EXPECT_EQ(found(), std::vector<std::string>{"files "});
}

TEST_F(VaultFilesTest, FilesGoWithTheirTimeAndWithTheirCase) {
  const auto id = filed(), removed = filed();
  stored(id, content(100));
  stored(removed, content(100));
  good(service().remove(clerk(), kMatter, kForEntry, removed, 1));
  EXPECT_EQ(take(files().sweep()), 0U);
  EXPECT_EQ(names().size(), 1U);
  bed.platform.clock.advance(std::chrono::hours(24) * 1824);
  EXPECT_EQ(take(files().sweep()), 0U);
  bed.platform.clock.advance(std::chrono::hours(24) * 2);
  EXPECT_EQ(take(files().sweep()), 1U);
  EXPECT_TRUE(names().empty());
  const auto records = bed.entries("vault.file.removed");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records.front().params().at("why"), "retention");
  EXPECT_EQ(records.front().params().at("case"), id.text());
  EXPECT_EQ(word(plain(id).error()), "file_unknown");
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultFilesTest, ARotationMovesFilesAndAKeyOfFilesIsNotDestroyed) {
  const auto id = filed(), other = filed();
  stored(id, content(3 * kChunk + 1));
  stored(other, content(10));
  const auto before = row(id);
  const Actor who{"secadmin", "security", {}};
  take(house->rotation().begin(kMatter, "福田区", who));
  EXPECT_TRUE(plain(id));
  good(house->keys().act(before.key, vault::KeyAct::disable, "leaked", who));
  EXPECT_EQ(code(plain(id)), Errc::corrupt);
  EXPECT_EQ(told("vault.rows.differ"), 0U) << "nobody damaged it";
  EXPECT_EQ(code(house->keys().act(before.key, vault::KeyAct::destroy, "leaked", who)), Errc::conflict);
  good(house->keys().act(before.key, vault::KeyAct::restore, "too early", who));
  EXPECT_TRUE(take(files().reseal()));
  reopen();
  EXPECT_TRUE(take(files().reseal())) << "file by file, over a restart";
  EXPECT_FALSE(take(files().reseal()));
  EXPECT_EQ(row(id).key.version, before.key.version + 1);
  EXPECT_NE(row(id).file, before.file);
  EXPECT_EQ(row(id).ends, before.ends);
  good(house->keys().act(before.key, vault::KeyAct::disable, "rotated", who));
  good(house->keys().act(before.key, vault::KeyAct::destroy, "rotated", who));
  EXPECT_EQ(take(plain(id)), content(3 * kChunk + 1));
  EXPECT_EQ(take(plain(other)), content(10));
  EXPECT_EQ(told("vault.file.resealed"), 2U);
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(VaultFilesTest, AnAuditorChecksAFileWithoutItsKey) {
  const auto id = filed();
  const auto done = stored(id, content(2 * kChunk + 9));
  auto given = take(files().sealed(official("audit"), kMatter, {id, "photo"}));
  Bytes sealed;
  while (const auto piece = take(given.octets->next())) append(sealed, *piece);
  const auto text = take(files().statement(official("audit"), kMatter, {id, "photo"}));
  std::string_view rest = text;
  const auto block = take(crypto::pem_find(rest, vault::kStatementLabel));
  const auto object = take(schema::parse<v1::Signed>(block.reveal(), 4096));
  const auto statement = take(vault::open_statement(object, testing::test_keys().ledger_key().public_key()));
  EXPECT_EQ(statement.collection, "residence-permit/photo");
  EXPECT_EQ(to_hex(statement.root), done.root);
  EXPECT_EQ(bed.entries("vault.file.stored").front().params().at("root"), done.root);
  auto verifier = take(vault::FileVerifier::make(statement));
  good(verifier.add(sealed));
  good(verifier.finish());
  EXPECT_EQ(told("vault.file.exported"), 1U);
  EXPECT_EQ(word(files().statement(official("audit"), kMatter, {filed(), "photo"}).error()), "file_unknown");
}

}  // namespace
}  // namespace kw::server
