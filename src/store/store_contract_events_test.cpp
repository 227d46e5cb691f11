// The contract of every Store, second part: events, outbox, audit index, alarms, accounts.
#include "store/testing/contract.h"

namespace kw::store {
namespace {

TEST_P(StoreContract, EventsAreKnownOnce) {
  const auto d = id<DeviceId>();
  const auto event = id<EventId>();
  const auto remember = [&](const DeviceId& device, std::uint64_t sequence, const EventId& event_id) {
    return write([&](auto& r) { return r.events().remember(device, sequence, event_id); });
  };
  EXPECT_TRUE(take(remember(d, 1, event)));
  EXPECT_FALSE(take(remember(d, 1, event)));
  EXPECT_FALSE(take(remember(d, 2, event))) << "numbered anew";
  EXPECT_EQ(code(remember(d, 1, id<EventId>())), Errc::conflict) << "another event under its number";
  EXPECT_EQ(code(remember(id<DeviceId>(), 1, event)), Errc::already_exists);
  EXPECT_TRUE(take(remember(d, 2, id<EventId>())));
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

struct AuditRows {
  explicit AuditRows(DeviceId device, SiteId site) : device_(device), site_(site) {}
  [[nodiscard]] AuditRow row(std::uint64_t i) const {
    AuditRow out;
    out.index = i;
    out.time = Timestamp{static_cast<std::int64_t>(i) * 10'000'000};  // ten milliseconds apart
    out.type = i % 2 ? "a" : "b";
    if (i % 1000 < 3) out.device = device_;
    if (i % 1000 < 3) out.site = site_;
    out.person = "p" + std::to_string(i % 3);
    out.result = i % 5 == 0 ? "refused" : "success";
    out.severity = 1 + static_cast<int>(i % 4);
    if (i == 4) out.trace = Bytes(16, 7);
    if (i == 2) out.case_id = Bytes(16, 8);
    return out;
  }
  static bool fits(const AuditRow& row, const AuditQuery& q) {
    return (!q.before || row.index < *q.before) && (q.type.empty() || row.type == q.type) &&
           (q.person.empty() || row.person == q.person) && (q.result.empty() || row.result == q.result) &&
           (!q.device || row.device == *q.device) && (!q.site || row.site == *q.site) &&
           row.severity >= q.least_severity && (q.trace.empty() || row.trace == q.trace) &&
           (q.case_id.empty() || row.case_id == q.case_id) && (!q.from || row.time >= *q.from) && (!q.to || row.time < *q.to);
  }
  DeviceId device_;
  SiteId site_;
};

TEST_P(StoreContract, AuditSearch) {
  const AuditRows rows(id<DeviceId>(), id<SiteId>());
  for (std::uint64_t i = 0; i < 6; ++i) good(write([&](auto& r) { return r.audit().insert(rows.row(i)); }));
  const auto indices = [&](const AuditQuery& query) { return take(read([&](auto& r) { return r.audit().search(query); })); };
  using ::testing::ElementsAre;
  EXPECT_THAT(indices({.type = "a"}), ElementsAre(5, 3, 1));
  EXPECT_THAT(indices({.before = 3, .limit = 2}), ElementsAre(2, 1));
  EXPECT_THAT(indices({.device = rows.device_}), ElementsAre(2, 1, 0));
  EXPECT_THAT(indices({.site = rows.site_}), ElementsAre(2, 1, 0));
  EXPECT_THAT(indices({.person = "p1"}), ElementsAre(4, 1));
  EXPECT_THAT(indices({.result = "refused"}), ElementsAre(5, 0));
  EXPECT_THAT(indices({.least_severity = 3}), ElementsAre(3, 2));
  EXPECT_THAT(indices({.trace = Bytes(16, 7)}), ElementsAre(4));
  EXPECT_THAT(indices({.case_id = Bytes(16, 8)}), ElementsAre(2));
  EXPECT_THAT(indices({.from = Timestamp{20'000'000}, .to = Timestamp{40'000'000}}), ElementsAre(3, 2));
  EXPECT_EQ(take(read([](auto& r) { return r.audit().next_index(); })), 6u);
  EXPECT_EQ(code(write([&](auto& r) { return r.audit().insert(rows.row(9)); })), Errc::conflict) << "no gaps";
}

TEST_P(StoreContract, AuditSearchOverManyBlocksFindsWhatALookAtEveryRowDoes) {
  const AuditRows rows(id<DeviceId>(), id<SiteId>());
  constexpr std::uint64_t kRows = 65'536 * 2 + 500;
  good(write([&](auto& r) -> Result<> {
    for (std::uint64_t i = 0; i < kRows; ++i) KW_CHECK(r.audit().insert(rows.row(i)));
    return {};
  }));
  EXPECT_EQ(take(read([](auto& r) { return r.audit().next_index(); })), kRows);
  const auto at = [](std::uint64_t i) { return Timestamp{static_cast<std::int64_t>(i) * 10'000'000}; };
  const std::vector<AuditQuery> queries{
      {},
      {.before = 65'540, .limit = 10},
      {.type = "a", .person = "p2", .result = "refused"},
      {.type = "b", .device = rows.device_, .limit = 500},
      {.before = 65'536, .site = rows.site_, .least_severity = 2},
      {.type = "nobody"},
      {.trace = Bytes(16, 7)},
      {.case_id = Bytes(16, 8)},
      {.type = "a", .case_id = Bytes(16, 8)},
      {.from = at(65'000), .to = at(65'600), .limit = 500},
      {.person = "p1", .from = at(131'000)},
      {.device = rows.device_, .to = at(70'001)},
      {.result = "success", .least_severity = 4, .from = at(1), .to = at(40), .limit = 3},
  };
  for (std::size_t n = 0; n < queries.size(); ++n) {
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t i = kRows; i-- > 0 && wanted.size() < queries[n].limit;)
      if (AuditRows::fits(rows.row(i), queries[n])) wanted.push_back(i);
    EXPECT_EQ(take(read([&](auto& r) { return r.audit().search(queries[n]); })), wanted) << "query " << n;
  }
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

}  // namespace
}  // namespace kw::store
