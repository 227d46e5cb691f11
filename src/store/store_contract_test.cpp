// The contract of every Store: the same cases run against each driver (parameterised by a factory).
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "crypto/random.h"
#include "store/sqlite/sqlite_store.h"

namespace kw::store {
namespace {

struct Driver {
  std::string name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path&)> make;
};

template <class T>
T take(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text());
  return std::move(*result);
}
void good(const Result<>& result) { EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text()); }
template <class T>
Errc code(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc::internal : result.code();
}

class StoreContract : public ::testing::TestWithParam<Driver> {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("kw-store-" + std::to_string(::getpid()));
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void open() {
    store_.reset();
    store_ = GetParam().make(dir_);
  }
  template <class F>
  auto write(F&& f) {
    return store_->write(std::forward<F>(f));
  }
  template <class F>
  auto read(F&& f) {
    return store_->read(std::forward<F>(f));
  }
  template <class AnyId>
  AnyId id() {
    return AnyId::make(Timestamp::from_seconds(1000 + ++count_), random_);
  }
  Site site() {
    Site out{id<SiteId>(), "site-" + std::to_string(count_), "district", "address", Timestamp::from_seconds(1)};
    good(write([&](auto& r) { return r.sites().insert(out); }));
    return out;
  }
  Device device(const SiteId& at, const std::string& name, const std::string& address) {
    Device out;
    out.id = id<DeviceId>();
    out.name = name;
    out.site = at;
    out.address = address;
    out.mac = "02:00:00:00:00:01";
    out.interface = "eth0";
    out.custodian = "李四";
    out.created = Timestamp::from_seconds(1);
    out.hardware = {1, 2};
    return out;
  }
  Device stored_device(const std::string& name = "d1", const std::string& address = "10.0.0.1/24") {
    auto out = device(site().id, name, address);
    good(write([&](auto& r) { return r.devices().insert(out); }));
    return out;
  }
  User user(const std::string& account, const std::string& person) {
    User out;
    out.id = id<UserId>();
    out.account = account;
    out.person = person;
    out.role = "audit";
    out.created = Timestamp::from_seconds(1);
    return out;
  }

  std::filesystem::path dir_;
  std::unique_ptr<Store> store_;
  crypto::SystemRandom random_;
  int count_ = 0;
};

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
  EnrolToken token{id<TokenId>(), site().id, Bytes(32, 7), "note", Timestamp::from_seconds(10), Timestamp::from_seconds(100), {}};
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
  const auto update = [&](const LiveUpdate& u) { good(write([&](auto& r) { return r.devices().update_live(d.id, u); })); };
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
    good(write([&](auto& r) { return r.devices().put_facts(d.id, {{"a", value, Timestamp{1}, "dmi"}, {"b", "2", Timestamp{1}, "dmi"}}); }));
  };
  put("1");
  put("3");
  const auto facts = take(read([&](auto& r) { return r.devices().facts(d.id); }));
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].value, "3");
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
  o.kind = "release";
  o.expires = Timestamp{100};
  good(write([&](auto& r) { return r.orders().insert(o); }));
  EXPECT_EQ(take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{99}); })).size(), 1u);
  EXPECT_TRUE(take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{100}); })).empty());
  good(write([&](auto& r) { return r.orders().settle(o.id, OrderState::done, ""); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.orders().settle(o.id, OrderState::refused, ""); })), Errc::conflict);
  EXPECT_TRUE(take(read([&](auto& r) { return r.orders().waiting(d.id, Timestamp{99}); })).empty());
}

TEST_P(StoreContract, EventsAreKnownOnce) {
  const auto d = id<DeviceId>();
  const auto event = id<EventId>();
  EXPECT_TRUE(take(write([&](auto& r) { return r.events().remember(d, 1, event); })));
  EXPECT_FALSE(take(write([&](auto& r) { return r.events().remember(d, 1, event); })));
  EXPECT_EQ(code(write([&](auto& r) { return r.events().remember(d, 2, event); })), Errc::already_exists);
}

TEST_P(StoreContract, OutboxKeepsOrderAndNeverReusesAPosition) {
  std::vector<std::int64_t> positions;
  for (int i = 0; i < 3; ++i) {
    const OutboxEntry entry{0, id<EventId>(), DeviceId(), 0, Bytes{static_cast<Byte>(i)}};
    positions.push_back(take(write([&](auto& r) { return r.outbox().append(entry); })));
    EXPECT_EQ(code(write([&](auto& r) { return r.outbox().append(entry); })), Errc::already_exists);
  }
  const auto rows = take(read([](auto& r) { return r.outbox().read(2); }));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].octets, Bytes{1});
  EXPECT_TRUE(take(read([&](auto& r) { return r.outbox().find(rows[0].id); })).has_value());
  for (const auto position : positions) good(write([&](auto& r) { return r.outbox().remove(position); }));
  EXPECT_EQ(take(read([](auto& r) { return r.outbox().last_position(); })), positions.back());
  const OutboxEntry next{0, id<EventId>(), DeviceId(), 0, {1}};
  EXPECT_GT(take(write([&](auto& r) { return r.outbox().append(next); })), positions.back());
}

TEST_P(StoreContract, AuditSearch) {
  const auto d = id<DeviceId>();
  for (std::uint64_t i = 0; i < 6; ++i) {
    const AuditRow row{i, id<EventId>(), Timestamp{static_cast<std::int64_t>(i) * 10}, i % 2 ? "a" : "b", i < 3 ? d : DeviceId(), "p" + std::to_string(i % 3)};
    good(write([&](auto& r) { return r.audit().insert(row); }));
  }
  const auto indices = [&](const AuditQuery& query) {
    std::vector<std::uint64_t> out;
    for (const auto& row : take(read([&](auto& r) { return r.audit().search(query); }))) out.push_back(row.index);
    return out;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(indices({.type = "a"}), ElementsAre(5, 3, 1));
  EXPECT_THAT(indices({.before = 3, .limit = 2}), ElementsAre(2, 1));
  EXPECT_THAT(indices({.device = d}), ElementsAre(2, 1, 0));
  EXPECT_THAT(indices({.person = "p1"}), ElementsAre(4, 1));
  EXPECT_THAT(indices({.from = Timestamp{20}, .to = Timestamp{40}}), ElementsAre(3, 2));
  EXPECT_EQ(take(read([](auto& r) { return r.audit().next_index(); })), 6u);
}

TEST_P(StoreContract, AlarmsCountTheSameIncidentAndCloseWithIt) {
  const auto d = stored_device();
  Alarm alarm;
  alarm.device = d.id;
  alarm.type = "net.outbound.illegal";
  alarm.severity = 5;
  alarm.case_id = Bytes(16, 3);
  const auto raise = [&] {
    alarm.id = id<AlarmId>();
    alarm.first = alarm.last = Timestamp{count_};
    alarm.params["n"] = std::to_string(count_);
    return take(write([&](auto& r) { return r.alarms().raise(alarm); }));
  };
  const auto first = raise();
  const auto second = raise();
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(second.count, 2u);
  EXPECT_EQ(second.device_name, d.name);
  EXPECT_NE(first.params.at("n"), second.params.at("n"));
  EXPECT_EQ(take(read([](auto& r) { return r.alarms().count_open(5); })), 1u);
  EXPECT_TRUE(take(write([&](auto& r) { return r.alarms().close_case(d.id, alarm.case_id); })).empty()) << "still open";
  good(write([&](auto& r) { return r.alarms().acknowledge(first.id, "who", "note"); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.alarms().acknowledge(first.id, "who", "note"); })), Errc::conflict);
  EXPECT_NE(raise().id, first.id) << "an acknowledged alarm counts no further";
  EXPECT_EQ(take(write([&](auto& r) { return r.alarms().close_case(d.id, alarm.case_id); })).size(), 1u);
  AlarmQuery query;
  query.limit = 1;
  const auto page = take(read([&](auto& r) { return r.alarms().page(query); }));
  EXPECT_EQ(page.total, 2u);
  EXPECT_EQ(page.next, page.items.at(0).id.text());
  query.state = AlarmState::closed;
  EXPECT_EQ(take(read([&](auto& r) { return r.alarms().page(query); })).items.at(0).acknowledged_by, "who");
}

TEST_P(StoreContract, OneRoleAPerson) {
  auto one = user("alice", "staff-1");
  good(write([&](auto& r) { return r.users().insert(one); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.users().insert(user("alice2", "staff-1")); })), Errc::already_exists);
  EXPECT_EQ(code(write([&](auto& r) { return r.users().insert(user("alice", "staff-2")); })), Errc::already_exists);
  one.state = UserState::disabled;
  one.locked_until = Timestamp{7};
  good(write([&](auto& r) { return r.users().update(one); }));
  good(write([&](auto& r) { return r.users().insert(user("alice2", "staff-1")); }));
  EXPECT_EQ(take(read([](auto& r) { return r.users().by_account("alice"); })).locked_until, Timestamp{7});
}

TEST_P(StoreContract, SessionsAndActivations) {
  const auto u = user("bob", "staff-9");
  good(write([&](auto& r) { return r.users().insert(u); }));
  const Session session{Bytes(32, 1), u.id, "csrf", Timestamp{1}, Timestamp{100}, Timestamp{1}};
  good(write([&](auto& r) { return r.sessions().insert(session); }));
  good(write([&](auto& r) { return r.sessions().touch(session.token_hash, Timestamp{9}); }));
  EXPECT_EQ(take(read([&](auto& r) { return r.sessions().get(session.token_hash); })).last_used, Timestamp{9});
  good(write([](auto& r) { return r.sessions().purge(Timestamp{99}); }));
  EXPECT_TRUE(read([&](auto& r) { return r.sessions().get(session.token_hash); }).has_value());
  good(write([](auto& r) { return r.sessions().purge(Timestamp{100}); }));
  EXPECT_EQ(code(read([&](auto& r) { return r.sessions().get(session.token_hash); })), Errc::not_found);
  Activation a{Bytes(32, 2), u.id, "hash", {1}, Timestamp{5}};
  good(write([&](auto& r) { return r.activations().put(a); }));
  good(write([&](auto& r) { return r.activations().count_failure(a.token_hash); }));
  EXPECT_EQ(take(read([&](auto& r) { return r.activations().get(a.token_hash); })).failures, 1u);
  auto b = a;
  b.token_hash = Bytes(32, 3);
  good(write([&](auto& r) { return r.activations().put(b); }));
  EXPECT_EQ(code(read([&](auto& r) { return r.activations().get(a.token_hash); })), Errc::not_found) << "replaced";
}

INSTANTIATE_TEST_SUITE_P(
    Drivers, StoreContract,
    ::testing::Values(Driver{"memory", [](const auto&) -> std::unique_ptr<Store> { return take(SqliteStore::open(":memory:")); }},
                      Driver{"file", [](const auto& dir) -> std::unique_ptr<Store> {
                               return take(SqliteStore::open((dir / "test.db").string()));
                             }}),
    [](const auto& driver) { return driver.param.name; });

TEST(SqliteStore, RefusesWhatIsNoDatabase) {
  const auto path = std::filesystem::temp_directory_path() / ("kw-nodb-" + std::to_string(::getpid()));
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  std::fputs("this is no database, and long enough to be looked at as one, hundred octets and a few more for the header....", file.get());
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
