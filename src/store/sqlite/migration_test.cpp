// A database from before regions: its districts become regions, its accounts see the whole city, its requests live on.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "store/sqlite/database.h"
#include "store/sqlite/sqlite_store.h"
#include "store/testing/contract.h"

namespace kw::store {
namespace {

TEST(Migration, DistrictsBecomeRegionsAndEverybodyKeepsWhatHeSaw) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-migration-" + std::to_string(::getpid()) + ".db");
  std::filesystem::remove(path);
  {
    auto db = take(Database::open(path.string(), Database::Mode::read_write));
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(KW_SOURCE_DIR "/src/store/migrations"))
      if (file.path().filename() < "0007") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    ASSERT_EQ(files.size(), 6u);
    for (const auto& file : files) {
      std::stringstream text;
      text << std::ifstream(file).rdbuf();
      good(db->script(text.str()));
    }
    good(db->script(
        "PRAGMA user_version = 6;"
        "INSERT INTO sites VALUES (x'a1000000000000000000000000000000', 'a', '福田', '', 1),"
        "(x'a2000000000000000000000000000000', 'b', '', '', 1),"
        "(x'a3000000000000000000000000000000', 'c', '福田', '', 1);"
        "INSERT INTO devices (id, name, site, address, gateway, mac, interface, custodian, custodian_phone, "
        "hardware, created) VALUES (x'b1000000000000000000000000000000', 'k', "
        "x'a1000000000000000000000000000000', '', '', '', '', '', '', x'', 1);"
        "INSERT INTO users VALUES (x'c1000000000000000000000000000000', 'alice', '', 'p', 'security', 1, '', "
        "x'', 0, 0, NULL, NULL, NULL, 1);"
        "INSERT INTO requests VALUES (x'd1000000000000000000000000000000', "
        "x'b1000000000000000000000000000000', 'camera', 'live', '{}', 'why', 'alice', 'p', 1, 9, 0, '', '', "
        "NULL, x'00000000000000000000000000000000');"));
  }
  auto store = take(SqliteStore::open(path.string()));
  const auto sites = take(store->read([](auto& r) { return r.sites().list(); }));
  ASSERT_EQ(sites.size(), 3u);
  EXPECT_EQ(sites[0].district, "福田");
  EXPECT_EQ(sites[1].district, "");
  EXPECT_EQ(sites[1].region, city_region());
  EXPECT_EQ(sites[0].region, sites[2].region);
  EXPECT_EQ(take(store->read([](auto& r) { return r.regions().list({}); })).size(), 2u);
  const auto alice = take(store->read([](auto& r) { return r.users().by_account("alice"); }));
  EXPECT_TRUE(alice.scope.whole());
  EXPECT_GT(alice.password_changed.unix_ns, 0) << "a password's age begins with the update";
  const auto requests = take(store->read([](auto& r) { return r.requests().page({}); }));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].operation, "askAction");
  EXPECT_EQ(requests[0].device_name, "k");
  EXPECT_EQ(requests[0].state, RequestState::waiting);
  store.reset();
  std::filesystem::remove(path);
}

TEST(Migration, RefusedRecordsOfExportsMoveAndSealsAreInNobodysWay) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-migration-15-" + std::to_string(::getpid()) + ".db");
  std::filesystem::remove(path);
  {
    auto db = take(Database::open(path.string(), Database::Mode::read_write));
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(KW_SOURCE_DIR "/src/store/migrations"))
      if (file.path().filename() < "0015") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    ASSERT_EQ(files.size(), 14u);
    for (const auto& file : files) {
      std::stringstream text;
      text << std::ifstream(file).rdbuf();
      good(db->script(text.str()));
    }
    good(db->script(
        "PRAGMA user_version = 14;"
        "INSERT INTO exports VALUES ('city', x'01', 1, x'02', 40, 0, 0, 38, 2, 2, x'', NULL, 5, '');"
        "INSERT INTO export_refusals VALUES ('city', 7, '100000000000000007', 'E107', 3),"
        "('city', 9, '100000000000000009', 'E1', 4);"
        // What an earlier program's seals look like: they call what this connection does not have.
        "CREATE TRIGGER seal_exports_update AFTER UPDATE OF cursor ON exports BEGIN SELECT kw_mac(NEW.cursor); END;"));
  }
  auto store = take(SqliteStore::open(path.string()));
  const auto target = take(store->read([](auto& r) { return r.exports().get("city"); }));
  EXPECT_EQ(target.cursor, 40u);
  EXPECT_EQ(target.part_limit, 0u);
  const auto refusals = take(store->read([](auto& r) { return r.exports().refusals("city", 10); }));
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_EQ(refusals[0].number, "100000000000000009");
  EXPECT_EQ(refusals[1].code, "E107");
  EXPECT_FALSE(refusals[1].whole);
  EXPECT_EQ(refusals[1].state, ExportRecordState::refused);
  store.reset();
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace kw::store
