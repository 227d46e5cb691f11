// Rows that somebody else than the platform has changed: on real files, with a connection of that somebody's own.
#include "store/sqlite/row_seals.h"

#include "store/sqlite/sqlite_store.h"
#include "store/testing/contract.h"

namespace kw::store {
namespace {

class RowSealsTest : public ::testing::Test {
 protected:
  void SetUp() override { open(false); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::vector<RowFinding> open(bool expected, Byte key = 7) {
    store_.reset();
    store_ = take(SqliteStore::open(path()));
    return take(store_->seal_rows(SecretBytes(Bytes(32, key)), expected));
  }
  [[nodiscard]] std::string path() const { return (dir_ / "test.db").string(); }
  Site site(const std::string& name) {
    Site out;
    out.id = SiteId::make(Timestamp{++count_}, random_);
    out.name = name;
    out.created = Timestamp{1};
    good(store_->write([&](auto& r) { return r.sites().insert(out); }));
    return out;
  }
  /// meddle is what a database administrator types.
  Result<> meddle(const std::string& sql) {
    KW_TRY(const auto db, Database::open(path(), Database::Mode::read_write));
    return db->script(sql);
  }
  std::vector<RowFinding> check() { return take(store_->check_rows()); }
  static std::string hex(const Site& site) { return to_hex(site.id.bytes()); }

  std::filesystem::path dir_ = [] {
    auto name = (std::filesystem::temp_directory_path() / "kw-seals-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return std::filesystem::path(name);
  }();
  crypto::SystemRandom random_;
  std::int64_t count_ = 0;
  std::unique_ptr<SqliteStore> store_;
};

constexpr auto kNoTriggers =
    "DROP TRIGGER seal_sites_update; DROP TRIGGER seal_sites_insert; DROP TRIGGER seal_sites_delete; ";
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(RowSealsTest, WhatThePlatformWritesIsRight) {
  auto one = site("a");
  site("b");
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_THAT(open(true), IsEmpty()) << "after a restart too";
}

TEST_F(RowSealsTest, SomebodyElseCannotEvenWriteWithoutTakingTheTriggersAway) {
  site("a");
  for (const auto* sql :
       {"UPDATE sites SET name = 'x'", "DELETE FROM sites", "INSERT INTO sites VALUES (x'0102', 'n', '', '', 1)"})
    EXPECT_FALSE(meddle(sql)) << sql;
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(RowSealsTest, WhereTheAuditGoesAndWhatIsSetIsNamedToo) {
  Export target;
  target.name = "city";
  target.profile = target.ledger = Bytes(32, 1);
  good(store_->write([&](auto& r) -> Result<> {
    KW_CHECK(r.exports().insert(target));
    KW_CHECK(r.exports().refuse("city", {5, "100000000000000005", "bad", Timestamp{1}, true}));
    KW_CHECK(r.exports().save_profile({"city", 1, "text", Bytes(32, 1), "who", Timestamp{1}, "why"}));
    return r.meta().put("administration", "{}");
  }));
  target.cursor = 40;  // the platform's own steps are right
  good(store_->write([&](auto& r) { return r.exports().update(target); }));
  EXPECT_THAT(check(), IsEmpty());
  const std::string edits[] = {"UPDATE exports SET cursor = 500", "UPDATE export_records SET state = 2",
                               "UPDATE export_profiles SET text = 'x'",
                               "UPDATE meta SET value = '[]' WHERE key = 'administration'"};
  for (const auto& sql : edits) EXPECT_FALSE(meddle(sql)) << sql;
  std::string all;
  for (const auto* table : {"exports", "export_records", "export_profiles", "meta"})
    all += std::string("DROP TRIGGER seal_") + table + "_update; ";
  for (const auto& sql : edits) all += sql + "; ";
  good(meddle(all));
  EXPECT_THAT(check(),
              ::testing::UnorderedElementsAre(RowFinding{"exports", "city", "changed"},
                                              RowFinding{"export_records", "city/100000000000000005", "changed"},
                                              RowFinding{"export_profiles", "city/1", "changed"},
                                              RowFinding{"meta", "administration", "changed"}));
  good(
      meddle("DROP TRIGGER seal_exports_delete; DROP TRIGGER seal_export_records_delete; "
             "DELETE FROM export_records; DELETE FROM exports"));
  EXPECT_THAT(check(), Contains(RowFinding{"exports", "city", "deleted"}));
}

TEST_F(RowSealsTest, AnEditedADeletedAndAnAddedRowAreNamed) {
  const auto a = site("a"), b = site("b");
  good(meddle(std::string(kNoTriggers) +
              "UPDATE sites SET name = 'x' WHERE name = 'a'; DELETE FROM sites WHERE name = 'b';" +
              "INSERT INTO sites VALUES (x'00112233445566778899aabbccddeeff', 'n', '', '', 1)"));
  EXPECT_THAT(check(), ElementsAre(RowFinding{"sites", "00112233445566778899aabbccddeeff", "added"},
                                   RowFinding{"sites", hex(a), "changed"}, RowFinding{"sites", hex(b), "deleted"}));
  const auto again = open(true);
  EXPECT_THAT(again, Contains(RowFinding{"sites", "", "schema"})) << "the triggers were gone";
  EXPECT_THAT(again, Contains(RowFinding{"sites", hex(a), "changed"})) << "a restart forgives nothing";
  good(store_->accept_rows());
  EXPECT_THAT(check(), IsEmpty());
  site("c");
  EXPECT_THAT(check(), IsEmpty()) << "and it goes on";
}

TEST_F(RowSealsTest, ARowThatGoesTogetherWithItsSealIsMissed) {
  const auto a = site("a");
  good(meddle(std::string(kNoTriggers) + "DELETE FROM sites; DELETE FROM row_seals WHERE tbl = 'sites'"));
  EXPECT_THAT(check(), ElementsAre(RowFinding{"sites", "", "seals"}));
  good(meddle("UPDATE table_seals SET count = 0, total = zeroblob(32) WHERE tbl = 'sites'"));
  EXPECT_THAT(check(), ElementsAre(RowFinding{"sites", "", "seals"})) << "the sum has a seal of its own";
}

TEST_F(RowSealsTest, SealsThatWereTakenAwayAreNotMadeAnewInSilence) {
  site("a");
  store_.reset();
  good(meddle("DROP TABLE row_seals; DROP TABLE table_seals"));
  EXPECT_THAT(open(true), Contains(RowFinding{"row_seals", "", "seals"}));
}

TEST_F(RowSealsTest, ATableThatAMigrationHasMadeIsSealedInSilenceAndOneThatLostItsSealIsNot) {
  store_.reset();
  const auto prepared = [&](const std::set<std::string>& born) {
    const auto db = take(Database::open(path(), Database::Mode::read_write));
    good(RowSeals::attach(*db, SecretBytes(Bytes(32, 7))));
    good(db->script("DELETE FROM table_seals WHERE tbl = 'factors'"));
    auto transaction = take(Transaction::begin(*db, true));
    auto out = take(RowSeals::prepare(*db, true, born));
    good(transaction.commit());
    return out;
  };
  EXPECT_THAT(prepared({}), ElementsAre(RowFinding{"factors", "", "seals"}));
  EXPECT_THAT(prepared({"factors"}), IsEmpty());
  EXPECT_THAT(open(true), IsEmpty());
}

TEST_F(RowSealsTest, AForgedListOfColumnsIsNoUpgrade) {
  const auto a = site("a");
  good(meddle(std::string(kNoTriggers) +
              "UPDATE sites SET name = 'x'; UPDATE table_seals SET columns = 'id' WHERE tbl = 'sites'"));
  const auto found = open(true);
  EXPECT_THAT(found, Contains(RowFinding{"sites", hex(a), "changed"}));
  EXPECT_THAT(found, Contains(RowFinding{"sites", "", "seals"}));
}

TEST_F(RowSealsTest, ADatabaseOfAnotherPlatformIsNotThisOnes) {
  const auto a = site("a");
  EXPECT_THAT(open(true, 8), Contains(RowFinding{"sites", hex(a), "changed"}));
}

TEST_F(RowSealsTest, WithoutSealsThereIsNothingToCheck) {
  store_ = take(SqliteStore::open(":memory:"));
  EXPECT_EQ(code(store_->check_rows()), Errc::wrong_state);
  EXPECT_EQ(code(store_->accept_rows()), Errc::wrong_state);
  EXPECT_THAT(take(store_->seal_rows(SecretBytes(Bytes(32, 1)), false)), IsEmpty());
  site("a");
  EXPECT_THAT(check(), IsEmpty());
}

}  // namespace
}  // namespace kw::store
