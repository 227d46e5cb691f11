// The contract of every Store, first part: transactions, places, kiosks, policy; and the drivers that must keep it.
#include <atomic>
#include <thread>

#include "store/sqlite/sqlite_store.h"
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

TEST_P(StoreContract, AFailedWriteLeavesNothing) {
  const auto one = Site{id<SiteId>(), "one", "", "", Timestamp{}};
  const auto failed = write([&](Repositories& r) -> Result<> {
    KW_CHECK(r.sites().insert(one));
    KW_CHECK(r.meta().put("k", "v"));
    return fail(Errc::conflict, "on purpose");
  });
  EXPECT_EQ(code(failed), Errc::conflict);
  EXPECT_EQ(code(read([&](auto& r) { return r.sites().get(one.id); })), Errc::not_found);
  EXPECT_FALSE(take(read([](auto& r) { return r.meta().get("k"); })).has_value());
}

TEST_P(StoreContract, WhatIsCommittedSurvivesReopening) {
  if (GetParam().name == "memory") GTEST_SKIP() << "a store in memory has nothing to reopen";
  const auto one = site();
  open();
  EXPECT_EQ(take(read([&](auto& r) { return r.sites().get(one.id); })).name, one.name);
}

TEST_P(StoreContract, SiteNamesAreUnique) {
  auto one = site();
  one.id = id<SiteId>();
  EXPECT_EQ(code(write([&](auto& r) { return r.sites().insert(one); })), Errc::already_exists);
  const auto d = stored_device();
  const auto sites = take(read([](auto& r) { return r.sites().list(); }));
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[1].devices, 1u);
}

TEST_P(StoreContract, ATokenIsConsumedOnce) {
  EnrolToken token{
      id<TokenId>(), site().id, Bytes(32, 7), "note", Timestamp::from_seconds(10), Timestamp::from_seconds(100), {}};
  good(write([&](auto& r) { return r.tokens().insert(token); }));
  const auto consume = [&](Timestamp at, const Bytes& hash) {
    return write([&](auto& r) { return r.tokens().consume(hash, at); });
  };
  EXPECT_EQ(code(consume(Timestamp::from_seconds(100), token.secret_hash)), Errc::not_found) << "expired";
  EXPECT_EQ(code(consume(Timestamp::from_seconds(50), Bytes(32, 8))), Errc::not_found) << "unknown";
  EXPECT_EQ(take(consume(Timestamp::from_seconds(50), token.secret_hash)).id, token.id);
  EXPECT_EQ(code(consume(Timestamp::from_seconds(51), token.secret_hash)), Errc::not_found) << "used";
  EXPECT_TRUE(take(read([](auto& r) { return r.tokens().list(); })).at(0).used.has_value());
}

TEST_P(StoreContract, OfManyConsumersOneSucceeds) {
  EnrolToken token{id<TokenId>(), site().id, Bytes(32, 7), "", Timestamp{}, Timestamp::from_seconds(100), {}};
  good(write([&](auto& r) { return r.tokens().insert(token); }));
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (write([&](auto& r) { return r.tokens().consume(token.secret_hash, Timestamp::from_seconds(1)); })) ++won;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_P(StoreContract, AnEnrolmentIsDecidedOnce) {
  const auto at = site();
  EnrolToken token{id<TokenId>(), at.id, Bytes(32, 7), "", Timestamp{}, Timestamp::from_seconds(100), {}};
  Enrolment row;
  row.id = id<EnrolmentId>();
  row.site = at.id;
  row.token = token.id;
  row.hostname = "kiosk";
  row.pkcs10 = {1};
  good(write([&](auto& r) { return r.tokens().insert(token); }));
  good(write([&](auto& r) { return r.enrolments().insert(row); }));
  EXPECT_EQ(take(read([](auto& r) { return r.enrolments().count(EnrolmentState::pending); })), 1u);
  EXPECT_EQ(take(read([&](auto& r) { return r.enrolments().made_with(token.secret_hash); })).id, row.id);
  EXPECT_EQ(code(read([](auto& r) { return r.enrolments().made_with(Bytes(32, 8)); })), Errc::not_found);
  const auto decide = [&](EnrolmentState state, const EnrolmentId& which) {
    return write([&](auto& r) { return r.enrolments().decide(which, state, DeviceId(), "why", Bytes{9}); });
  };
  good(decide(EnrolmentState::rejected, row.id));
  EXPECT_EQ(code(decide(EnrolmentState::approved, row.id)), Errc::conflict);
  EXPECT_EQ(code(decide(EnrolmentState::approved, id<EnrolmentId>())), Errc::not_found);
  const auto got = take(read([&](auto& r) { return r.enrolments().list(EnrolmentState::rejected); })).at(0);
  EXPECT_EQ(got.reason, "why");
  EXPECT_EQ(got.reply, Bytes{9});
  EXPECT_EQ(got.hostname, "kiosk");
}

TEST_P(StoreContract, DevicesAreUniqueWhileEnabled) {
  const auto d = stored_device();
  const auto same_address = device(d.site, "other", d.address);
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().insert(same_address); })), Errc::already_exists);
  const auto same_name = device(d.site, d.name, "10.0.0.9/24");
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().insert(same_name); })), Errc::already_exists);
  good(write([&](auto& r) { return r.devices().disable(d.id); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().disable(d.id); })), Errc::conflict);
  good(write([&](auto& r) { return r.devices().insert(same_address); }));
  auto nowhere = device(id<SiteId>(), "lost", "10.0.0.7/24");
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().insert(nowhere); })), Errc::conflict) << "no such site";
}

TEST_P(StoreContract, LiveFollowsWhatIsReported) {
  const auto d = stored_device();
  const auto live = [&] { return take(read([&](auto& r) { return r.devices().get(d.id); })).live; };
  const auto update = [&](const LiveUpdate& u) {
    good(write([&](auto& r) { return r.devices().update_live(d.id, u); }));
  };
  EXPECT_EQ(live(), DeviceLive::offline);
  LiveUpdate u;
  u.online = true;
  u.state = 1;
  update(u);
  EXPECT_EQ(live(), DeviceLive::online);
  u.state = 3;
  update(u);
  EXPECT_EQ(live(), DeviceLive::degraded);
  u.state = 4;
  update(u);
  EXPECT_EQ(live(), DeviceLive::watching);
  u.state = 2;
  u.case_id = Bytes(16, 1);
  update(u);
  good(write([](auto& r) { return r.devices().set_all_offline(); }));
  EXPECT_EQ(live(), DeviceLive::cut) << "a cut kiosk stays shown as cut when its link is gone";
  good(write([&](auto& r) { return r.devices().disable(d.id); }));
  EXPECT_EQ(live(), DeviceLive::disabled);
  const auto counts = take(read([](auto& r) { return r.devices().counts(); }));
  EXPECT_EQ(counts[static_cast<std::size_t>(DeviceLive::disabled)], 1u);
  EXPECT_EQ(code(write([&](auto& r) { return r.devices().update_live(id<DeviceId>(), u); })), Errc::not_found);
}

TEST_P(StoreContract, DevicePagesCoverAllOnce) {
  const auto at = site();
  for (int i = 0; i < 7; ++i) {
    const auto d = device(at.id, "k" + std::to_string(i), "10.0.1." + std::to_string(i) + "/24");
    good(write([&](auto& r) { return r.devices().insert(d); }));
  }
  std::vector<std::string> names;
  DeviceQuery query;
  query.limit = 3;
  do {
    const auto page = take(read([&](auto& r) { return r.devices().page(query); }));
    EXPECT_EQ(page.total, 7u);
    for (const auto& d : page.items) names.push_back(d.name);
    query.cursor = page.next;
  } while (!query.cursor.empty());
  EXPECT_THAT(names, ::testing::ElementsAre("k0", "k1", "k2", "k3", "k4", "k5", "k6"));
  query.text = "%";
  EXPECT_EQ(take(read([&](auto& r) { return r.devices().page(query); })).total, 0u) << "no wildcards from outside";
  query.text = "1.4";
  EXPECT_EQ(take(read([&](auto& r) { return r.devices().page(query); })).total, 1u);
  query.cursor = "' OR 1=1 --";
  EXPECT_FALSE(read([&](auto& r) { return r.devices().page(query); }).has_value());
}

TEST_P(StoreContract, FactsAreReplacedByKey) {
  const auto d = stored_device();
  const auto put = [&](const std::string& value) {
    good(write([&](auto& r) {
      return r.devices().put_facts(d.id, {{"a", value, Timestamp{1}, "dmi"}, {"b", "2", Timestamp{1}, "dmi"}});
    }));
  };
  put("1");
  put("3");
  const auto facts = take(read([&](auto& r) { return r.devices().facts(d.id); }));
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].value, "3");
  std::vector<StoredFact> many;
  for (int i = 0; i < 2000; ++i) many.push_back({"n" + std::to_string(i), "", Timestamp{2}, ""});
  good(write([&](auto& r) { return r.devices().put_facts(d.id, many); }));
  const auto kept = take(read([&](auto& r) { return r.devices().facts(d.id); }));
  EXPECT_EQ(kept.size(), 2000u);
  EXPECT_EQ(kept.front().key, "n0") << "the oldest two gave way";
}

TEST_P(StoreContract, CertificatesAreRevokedOnce) {
  const auto d = stored_device();
  for (const auto* usage : {"signing", "encryption"}) {
    const CertificateRecord row{Bytes{static_cast<Byte>(usage[0])}, d.id, usage, {1}, Timestamp{1}, Timestamp{2}, {}};
    good(write([&](auto& r) { return r.certificates().insert(row); }));
    EXPECT_EQ(code(write([&](auto& r) { return r.certificates().insert(row); })), Errc::already_exists);
  }
  EXPECT_EQ(take(write([&](auto& r) { return r.certificates().revoke_device(d.id, Timestamp{5}); })).size(), 2u);
  EXPECT_TRUE(take(write([&](auto& r) { return r.certificates().revoke_device(d.id, Timestamp{6}); })).empty());
  EXPECT_EQ(take(read([](auto& r) { return r.certificates().revoked(); })).at(0).revoked->unix_ns, 5);
}

TEST_P(StoreContract, PoliciesAndBundles) {
  const auto d = stored_device();
  EXPECT_EQ(code(read([](auto& r) { return r.policies().latest(); })), Errc::not_found);
  for (std::uint64_t revision : {1U, 2U}) {
    Policy p;
    p.revision = revision;
    p.template_json = "{}";
    if (revision == 2) p.defence_json = R"({"peripherals":{"mode":"watch"}})";
    good(write([&](auto& r) { return r.policies().insert(p); }));
    EXPECT_EQ(code(write([&](auto& r) { return r.policies().insert(p); })), Errc::already_exists);
    Bundle b;
    b.id = id<BundleId>();
    b.device = d.id;
    b.revision = revision;
    b.signed_octets = {static_cast<Byte>(revision)};
    good(write([&](auto& r) { return r.bundles().insert(b); }));
  }
  EXPECT_EQ(take(read([](auto& r) { return r.policies().latest(); })).revision, 2u);
  EXPECT_EQ(take(read([](auto& r) { return r.policies().latest(); })).defence_json,
            R"({"peripherals":{"mode":"watch"}})");
  EXPECT_EQ(take(read([](auto& r) { return r.policies().get(1); })).defence_json, "{}");
  EXPECT_EQ(take(read([&](auto& r) { return r.bundles().latest(d.id); })).revision, 2u);
  LiveUpdate u;
  u.policy_revision = 1;
  good(write([&](auto& r) { return r.devices().update_live(d.id, u); }));
  const auto first = take(read([](auto& r) { return r.policies().get(1); }));
  EXPECT_EQ(first.devices, 1u);
  EXPECT_EQ(first.applied, 1u);
}

TEST_P(StoreContract, OrdersAreSettledOnceAndExpire) {
  const auto d = stored_device();
  Order o;
  o.id = id<OrderId>();
  o.device = d.id;
  o.kind = "section";
  o.section = "peripherals";
  o.action = "permit";
  o.args = {{"device", "1d6b:0002 \"字\""}, {"minutes", "5"}};
  o.expires = Timestamp{100};
  good(write([&](auto& r) { return r.orders().insert(o); }));
  const auto waiting = take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{99}); }));
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].section + "/" + waiting[0].action, "peripherals/permit");
  EXPECT_EQ(waiting[0].args, o.args);
  EXPECT_TRUE(take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{100}); })).empty());
  good(write([&](auto& r) { return r.orders().settle(o.id, OrderState::done, ""); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.orders().settle(o.id, OrderState::refused, ""); })), Errc::conflict);
  EXPECT_TRUE(take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{99}); })).empty());
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContract, drivers(), driver_name);

TEST(SqliteStore, RefusesWhatIsNoDatabase) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-nodb-" + std::to_string(::getpid()));
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  std::fputs(
      "this is no database, and long enough to be looked at as one, hundred octets and a few more for the header....",
      file.get());
  file.reset();
  EXPECT_EQ(code(SqliteStore::open(path.string())), Errc::corrupt);
  std::filesystem::remove(path);
  EXPECT_EQ(code(SqliteStore::open("/nonexistent/dir/x.db")), Errc::io);
}

TEST(SqliteStore, RefusesADatabaseOfANewerProgram) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-newdb-" + std::to_string(::getpid()));
  {
    auto db = take(Database::open(path.string(), Database::Mode::read_write));
    good(db->script("PRAGMA user_version = 999"));
  }
  EXPECT_EQ(code(SqliteStore::open(path.string())), Errc::unsupported);
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
}

}  // namespace
}  // namespace kw::store
