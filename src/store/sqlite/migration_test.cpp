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

}  // namespace
}  // namespace kw::store
