// The contract of every Store, fifth part: regions and scopes, accounts' scopes and passwords, sessions, tokens.
#include "store/testing/drivers.h"

namespace kw::store {
namespace {

class StoreContractAdministration : public StoreContract {
 protected:
  Region region(const RegionId& parent, const std::string& name, RegionKind kind) {
    Region out{id<RegionId>(), parent, name, kind, Timestamp::from_seconds(1)};
    good(write([&](auto& r) { return r.regions().insert(out); }));
    return out;
  }
  Device device_in(const RegionId& at, const std::string& name, const std::string& address) {
    auto place = site();
    good(write([&](auto& r) { return r.sites().move(place.id, at); }));
    auto out = device(place.id, name, address);
    good(write([&](auto& r) { return r.devices().insert(out); }));
    return out;
  }
  static Scope only(const Region& region) { return {{region.id}}; }
};

TEST_P(StoreContractAdministration, TheCityIsThereAndTheTreeGrows) {
  const auto city = take(read([](auto& r) { return r.regions().get(city_region()); }));
  EXPECT_EQ(city.kind, RegionKind::city);
  const auto futian = region(city_region(), "福田", RegionKind::district);
  const auto street = region(futian.id, "莲花", RegionKind::street);
  EXPECT_EQ(code(write([&](auto& r) {
              return r.regions().insert({id<RegionId>(), futian.id, "莲花", RegionKind::street, {}});
            })),
            Errc::already_exists);
  EXPECT_EQ(take(read([&](auto& r) { return r.regions().chain(street.id); })),
            (std::vector<RegionId>{street.id, futian.id, city_region()}));
  EXPECT_TRUE(take(read([&](auto& r) { return r.regions().chain(id<RegionId>()); })).empty());
  EXPECT_EQ(take(read([&](auto& r) { return r.regions().list(only(futian)); })).size(), 2u);
  EXPECT_EQ(take(read([&](auto& r) { return r.regions().list({}); })).size(), 3u);
  EXPECT_EQ(code(write([&](auto& r) { return r.regions().remove(futian.id); })), Errc::conflict) << "something below";
  EXPECT_EQ(code(write([&](auto& r) { return r.regions().remove(city_region()); })), Errc::conflict);
  good(write([&](auto& r) { return r.regions().rename(street.id, "莲花街道"); }));
  good(write([&](auto& r) { return r.regions().remove(street.id); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.regions().remove(street.id); })), Errc::not_found);
}

TEST_P(StoreContractAdministration, AScopeShowsWhatLiesInIt) {
  const auto futian = region(city_region(), "福田", RegionKind::district);
  const auto street = region(futian.id, "莲花", RegionKind::street);
  const auto nanshan = region(city_region(), "南山", RegionKind::district);
  const auto here = device_in(street.id, "here", "10.0.0.1/24"), there = device_in(nanshan.id, "there", "10.0.0.2/24");
  const auto alarm = [&](const DeviceId& of) {
    Alarm out;
    out.id = id<AlarmId>();
    out.device = of;
    out.type = "t";
    return take(write([&](auto& r) { return r.alarms().raise(out); })).id;
  };
  const auto alarm_here = alarm(here.id), alarm_there = alarm(there.id), alarm_platform = alarm({});
  for (const auto& row : {AuditRow{0, id<EventId>(), {}, "t", here.id, here.site, "", "", 1, {}, {}},
                          AuditRow{1, id<EventId>(), {}, "t", {}, {}, "", "", 1, {}, {}}})
    good(write([&](auto& r) { return r.audit().insert(row); }));
  struct Seen {
    std::size_t devices, sites, alarms, entries;
    bool operator==(const Seen&) const = default;
  };
  const auto seen = [&](const Scope& scope) {
    return take(read([&](Repositories& r) -> Result<Seen> {
      DeviceQuery devices;
      devices.scope = scope;
      AlarmQuery alarms;
      alarms.scope = scope;
      AuditQuery audit;
      KW_TRY(const auto page, r.devices().page(devices));
      KW_TRY(const auto sites, r.sites().list(scope));
      if (!scope.whole()) {
        audit.within.emplace();
        for (const auto& site : sites) audit.within->push_back(site.id);
      }
      KW_TRY(const auto alarm_page, r.alarms().page(alarms));
      KW_TRY(const auto rows, r.audit().search(audit));
      KW_TRY(const auto counts, r.devices().counts(scope));
      KW_TRY(const auto open, r.alarms().count_open(0, scope));
      EXPECT_EQ(counts[1], page.total);
      EXPECT_EQ(open, alarm_page.total);
      return Seen{page.items.size(), sites.size(), alarm_page.items.size(), rows.size()};
    }));
  };
  EXPECT_EQ(seen({}), (Seen{2, 2, 3, 2}));
  EXPECT_EQ(seen(only(futian)), (Seen{1, 1, 1, 1})) << "what is below, too";
  EXPECT_EQ(seen(only(street)), (Seen{1, 1, 1, 1}));
  EXPECT_EQ(seen({{futian.id, nanshan.id}}), (Seen{2, 2, 2, 1}));
  EXPECT_EQ(seen({{}}), (Seen{0, 0, 0, 0})) << "no region, nothing";
  const auto holds = [&](const Scope& scope, Placed what, ByteView which) {
    return take(read([&](auto& r) { return r.regions().holds(scope, what, which); }));
  };
  EXPECT_TRUE(holds(only(futian), Placed::device, here.id.bytes()));
  EXPECT_FALSE(holds(only(futian), Placed::device, there.id.bytes()));
  EXPECT_TRUE(holds(only(futian), Placed::site, here.site.bytes()));
  EXPECT_FALSE(holds(only(futian), Placed::site, there.site.bytes()));
  EXPECT_TRUE(holds(only(futian), Placed::alarm, alarm_here.bytes()));
  EXPECT_FALSE(holds(only(futian), Placed::alarm, alarm_there.bytes()));
  EXPECT_FALSE(holds(only(futian), Placed::alarm, alarm_platform.bytes()));
  EXPECT_TRUE(holds({}, Placed::alarm, alarm_platform.bytes()));
  EXPECT_FALSE(holds({}, Placed::device, id<DeviceId>().bytes())) << "nobody's";
  EXPECT_TRUE(take(read([&](auto& r) { return r.regions().holds(only(futian), street.id); })));
  EXPECT_FALSE(take(read([&](auto& r) { return r.regions().holds(only(street), futian.id); })));
  EXPECT_EQ(take(read([&](auto& r) { return r.regions().chain_of(here.id); })).size(), 3u);
}

TEST_P(StoreContractAdministration, AnAccountHasScopesAndAnEnd) {
  const auto futian = region(city_region(), "福田", RegionKind::district);
  auto u = user("alice", "p1");
  u.scope = only(futian);
  u.ends = Timestamp::from_seconds(9);
  good(write([&](auto& r) { return r.users().insert(u); }));
  const auto got = take(read([&](auto& r) { return r.users().get(u.id); }));
  EXPECT_EQ(got.scope.regions, u.scope.regions);
  EXPECT_EQ(got.ends, u.ends);
  EXPECT_EQ(code(write([&](auto& r) { return r.regions().remove(futian.id); })), Errc::conflict);
  u.role = "operator";
  good(write([&](auto& r) { return r.users().update(u); }));
  good(write([&](auto& r) { return r.users().set_scope(u.id, {}); }));
  const auto changed = take(read([&](auto& r) { return r.users().by_account("alice"); }));
  EXPECT_TRUE(changed.scope.whole());
  EXPECT_EQ(changed.role, "operator");
  auto nowhere = user("bob", "p2");
  nowhere.scope = {{id<RegionId>()}};
  EXPECT_EQ(code(write([&](auto& r) { return r.users().insert(nowhere); })), Errc::conflict);
}

TEST_P(StoreContractAdministration, OldPasswordsAreBoundedAndNewestFirst) {
  const auto u = user("alice", "p1");
  good(write([&](auto& r) { return r.users().insert(u); }));
  for (int i = 0; i < 4; ++i)
    good(write([&](auto& r) { return r.users().keep_password(u.id, "h" + std::to_string(i), Timestamp{i}, 3); }));
  EXPECT_EQ(take(read([&](auto& r) { return r.users().old_passwords(u.id); })),
            (std::vector<std::string>{"h3", "h2", "h1"}));
}

TEST_P(StoreContractAdministration, SessionsAreListedAndConfirmed) {
  const auto u = user("alice", "p1");
  good(write([&](auto& r) { return r.users().insert(u); }));
  const Session session{Bytes(32, 1), u.id, "c", Timestamp{1}, Timestamp{100}, Timestamp{1}, Timestamp{1}, "10.0.0.1"};
  good(write([&](auto& r) { return r.sessions().insert(session); }));
  good(write([&](auto& r) { return r.sessions().confirm(session.token_hash, Timestamp{7}); }));
  const auto all = take(read([](auto& r) { return r.sessions().list(); }));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].peer, "10.0.0.1");
  EXPECT_EQ(all[0].confirmed, Timestamp{7});
  EXPECT_EQ(code(write([&](auto& r) { return r.sessions().confirm(Bytes(32, 2), Timestamp{7}); })), Errc::not_found);
}

TEST_P(StoreContractAdministration, RequestsOfAnyOperation) {
  Request request;
  request.id = id<RequestId>();
  request.operation = "createUser";
  request.subject = "s";
  request.body = "{}";
  request.asked_person = "p1";
  request.asked_role = "system";
  request.expires = Timestamp{100};
  good(write([&](auto& r) { return r.requests().insert(request); }));
  EXPECT_EQ(take(read([](auto& r) { return r.requests().waiting_by("p1"); })), 1u);
  EXPECT_EQ(take(read([](auto& r) { return r.requests().waiting_for("p1", {}); })), 0u);
  EXPECT_EQ(take(read([](auto& r) { return r.requests().waiting_for("p2", {}); })), 1u);
  EXPECT_EQ(take(read([](auto& r) { return r.requests().waiting_for("p2", Scope{{}}); })), 0u);
  const auto seen = [&](const std::string& person) {
    return take(read([&](auto& r) {
             return r.requests().page({.state = {}, .device = {}, .scope = {{}}, .person = person});
           }))
        .size();
  };
  EXPECT_EQ(seen("p1"), 1u) << "one's own";
  EXPECT_EQ(seen("p2"), 0u);
  EXPECT_EQ(code(write([&](auto& r) { return r.requests().settle(request.id, "done"); })), Errc::conflict);
  request.state = RequestState::approved;
  request.decided = Timestamp{5};
  good(write([&](auto& r) { return r.requests().decide(request); }));
  const auto granted = [&](const std::string& person, const std::string& subject, Timestamp since) {
    return read([&](auto& r) { return r.requests().granted(person, "createUser", subject, since); });
  };
  EXPECT_EQ(take(granted("p1", "s", Timestamp{4})).id, request.id);
  EXPECT_EQ(code(granted("p1", "s", Timestamp{5})), Errc::not_found) << "too long ago";
  EXPECT_EQ(code(granted("p2", "s", Timestamp{4})), Errc::not_found);
  EXPECT_EQ(code(granted("p1", "t", Timestamp{4})), Errc::not_found);
  EXPECT_EQ(take(read([](auto& r) { return r.requests().unsettled(); })).size(), 1u);
  good(write([&](auto& r) { return r.requests().settle(request.id, "done"); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.requests().settle(request.id, "done"); })), Errc::conflict) << "once";
  EXPECT_EQ(code(granted("p1", "s", Timestamp{4})), Errc::not_found);
}

TEST_P(StoreContractAdministration, TokensOfMachinesAreFoundByTheirHashAndRevokedOnce) {
  ApiToken token;
  token.id = id<ApiTokenId>();
  token.name = "monitor";
  token.secret_hash = Bytes(32, 1);
  token.operations = {"getOverview", "listDevices"};
  token.expires = Timestamp{100};
  good(write([&](auto& r) { return r.api_tokens().insert(token); }));
  const auto got = take(read([&](auto& r) { return r.api_tokens().by_secret(Bytes(32, 1)); }));
  EXPECT_EQ(got.operations, token.operations);
  EXPECT_TRUE(got.scope.whole());
  EXPECT_EQ(code(read([&](auto& r) { return r.api_tokens().by_secret(Bytes(32, 2)); })), Errc::not_found);
  good(write([&](auto& r) { return r.api_tokens().touch(token.id, Timestamp{5}); }));
  good(write([&](auto& r) { return r.api_tokens().revoke(token.id, Timestamp{6}); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.api_tokens().revoke(token.id, Timestamp{7}); })), Errc::conflict);
  const auto all = take(read([](auto& r) { return r.api_tokens().list(); }));
  EXPECT_EQ(all.at(0).last_used, Timestamp{5});
  EXPECT_EQ(all.at(0).revoked, Timestamp{6});
}

TEST_P(StoreContractAdministration, FactorsAreOnePersonsAndChallengesAreSpentOnce) {
  User alice, bob;
  for (auto* user : {&alice, &bob}) {
    user->id = id<UserId>();
    user->account = user->person = user == &alice ? "alice" : "bob";
    good(write([&](auto& r) { return r.users().insert(*user); }));
  }
  Factor passkey;
  passkey.id = id<FactorId>();
  passkey.user = alice.id;
  passkey.name = "我的";
  passkey.handle = Bytes(1023, 1);
  passkey.key = Bytes(77, 2);
  passkey.counter = 5;
  passkey.created = Timestamp{3};
  auto ukey = passkey;
  ukey.id = id<FactorId>();
  ukey.kind = FactorKind::ukey;
  good(write([&](auto& r) { return r.factors().insert(passkey); }));
  good(write([&](auto& r) { return r.factors().insert(ukey); }));  // another kind may have the same handle
  auto taken = passkey;
  taken.id = id<FactorId>();
  taken.user = bob.id;
  EXPECT_EQ(code(write([&](auto& r) { return r.factors().insert(taken); })), Errc::already_exists);
  const auto all = take(read([&](auto& r) { return r.factors().of(alice.id); }));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "我的");
  EXPECT_EQ(all[0].key, passkey.key);
  EXPECT_EQ(all[1].kind, FactorKind::ukey);
  EXPECT_FALSE(all[0].last_used);
  EXPECT_TRUE(take(read([&](auto& r) { return r.factors().of(bob.id); })).empty());
  good(write([&](auto& r) { return r.factors().used(passkey.id, 9, Timestamp{7}); }));
  const auto found = take(read([&](auto& r) { return r.factors().by_handle(FactorKind::passkey, passkey.handle); }));
  EXPECT_EQ(found.counter, 9u);
  EXPECT_EQ(found.last_used, Timestamp{7});
  EXPECT_EQ(code(read([&](auto& r) { return r.factors().by_handle(FactorKind::passkey, Bytes(1, 1)); })),
            Errc::not_found);
  good(write([&](auto& r) { return r.factors().remove(ukey.id); }));
  EXPECT_EQ(code(write([&](auto& r) { return r.factors().remove(ukey.id); })), Errc::not_found);
  good(write([&](auto& r) { return r.factors().remove_user(alice.id); }));
  EXPECT_EQ(code(read([&](auto& r) { return r.factors().get(passkey.id); })), Errc::not_found);

  const auto spend = [&](Byte which, std::int64_t expires, std::int64_t now) {
    return write([&](auto& r) { return r.factors().spend(Bytes(32, which), Timestamp{expires}, Timestamp{now}); });
  };
  good(spend(1, 10, 1));
  EXPECT_EQ(code(spend(1, 10, 2)), Errc::already_exists);
  good(spend(2, 20, 10));
  good(spend(1, 30, 10));  // forgotten once it has expired by itself
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContractAdministration, drivers(), driver_name);

}  // namespace
}  // namespace kw::store
