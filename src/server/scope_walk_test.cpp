// Every role over every operation of schemas/openapi.yaml, in and out of region, over HTTP on a whole server.
//
// Two districts hold one thing of each kind. Of each role one person sees the first district, another one the whole
// city.
#include <boost/json.hpp>
#include <fstream>
#include <regex>
#include <sstream>

#include "net/testing/http_client.h"
#include "server/permissions.h"
#include "server/secret_file.h"
#include "server/server.h"
#include "server/testing/platform.h"
#include "server/token_hash.h"

namespace kw::server {
namespace {

using net::testing::Reply;
using testing::good;
using testing::take;

struct Way {
  std::string method, path;
};

/// The API's operations with method and path, as the file writes them: two blanks before a path, four before a method.
std::map<std::string, Way, std::less<>> ways() {
  std::ifstream file(KW_SOURCE_DIR "/schemas/openapi.yaml");
  static const std::regex kPath("  (/\\S*):.*"), kMethod("    (get|post|delete):.*"),
      kOperation(".*operationId: (\\w+).*");
  std::map<std::string, Way, std::less<>> out;
  std::string line, path, method;
  std::smatch found;
  while (std::getline(file, line) && !line.starts_with("components:")) {
    if (std::regex_match(line, found, kPath)) path = found[1];
    if (std::regex_match(line, found, kMethod)) method = found[1];
    if (!std::regex_match(line, found, kOperation)) continue;
    for (char& c : method) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    out[found[1]] = {method, path};
  }
  return out;
}

/// One thing of each kind in a district, by the rule that names it.
struct Place {
  store::RegionId region;
  std::map<ScopeRule, std::string> ids;
  std::string mark;  // stands in names of this place, and in none of another
};

struct Walk : ::testing::Test {
  testing::TemporaryDirectory dir;
  ServerConfig config;
  testing::FakeClock clock;
  crypto::SystemRandom random;
  NullLog log;
  std::unique_ptr<Server> server;
  Place here, there;
  std::map<std::string, std::string> district, city;  // role to cookie

  void SetUp() override {
    config.data_dir = dir.path() / "data";
    config.two_persons_at_first.emplace();  // none: what one person does is what is tested
    config.console = {"127.0.0.1", 0};
    config.link = {"127.0.0.1", 0};
    config.advertise = {{"198.18.20.2", 8660}};
    // Before the first start, which seals the rows: afterwards only the platform can write them (ADR 61).
    good(make_private_directory(config.data_dir));
    auto store = take(store::SqliteStore::open((config.data_dir / "kioskward.db").string()));
    here = place(*store, "here", 1);
    there = place(*store, "elsewhere", 2);
    for (const auto& role : roles()) {
      const std::string name(role.name);
      district[name] = person(*store, name, {{here.region}});
      city[name] = person(*store, name, {});
    }
    store.reset();
    server = take(Server::open(config, {clock, random, log}));
    good(server->start());
  }

  Place place(store::Store& store, const std::string& mark, int number) {
    Place out;
    out.mark = mark;
    good(store.write([&](store::Repositories& r) -> Result<> {
      const auto now = clock.now();
      out.region = store::RegionId::make(now, random);
      KW_CHECK(r.regions().insert({out.region, store::city_region(), mark, store::RegionKind::district, now}));
      store::Site site{SiteId::make(now, random), mark + " hall", "", "", now, 0, out.region};
      KW_CHECK(r.sites().insert(site));
      store::Device device;
      device.id = DeviceId::make(now, random);
      device.name = mark + " kiosk";
      device.site = site.id;
      device.address = "198.18.10." + std::to_string(number) + "/24";
      KW_CHECK(r.devices().insert(device));
      store::EnrolToken token{
          store::TokenId::make(now, random), site.id, Bytes(32, static_cast<Byte>(number)), mark, now,
          now + std::chrono::hours(1),       {}};
      KW_CHECK(r.tokens().insert(token));
      store::Enrolment enrolment;
      enrolment.id = EnrolmentId::make(now, random);
      enrolment.site = site.id;
      enrolment.token = token.id;
      enrolment.hostname = mark;
      KW_CHECK(r.enrolments().insert(enrolment));
      store::Alarm alarm;
      alarm.id = AlarmId::make(now, random);
      alarm.device = device.id;
      alarm.type = "device.cut";
      KW_CHECK(r.alarms().raise(alarm));
      store::Baseline baseline;
      baseline.id = BaselineId::make(now, random);
      baseline.device = device.id;
      baseline.section = "interfaces";
      KW_CHECK(r.baselines().propose(baseline));
      store::Order order;
      order.id = OrderId::make(now, random);
      order.device = device.id;
      order.kind = "section";
      KW_CHECK(r.orders().insert(order));
      store::Media media;
      media.id = order.id;
      media.device = device.id;
      media.kind = "snapshot";
      KW_CHECK(r.media().insert(media));
      store::Request request;
      request.id = RequestId::make(now, random);
      request.device = device.id;
      request.section = "camera";
      request.action = "live";
      request.reason = mark;
      request.asked_person = "somebody";
      request.asked = now;
      request.expires = now + std::chrono::hours(1);
      KW_CHECK(r.requests().insert(request));
      out.ids = {{ScopeRule::site, site.id.text()},           {ScopeRule::device, device.id.text()},
                 {ScopeRule::enrolment, enrolment.id.text()}, {ScopeRule::alarm, alarm.id.text()},
                 {ScopeRule::baseline, baseline.id.text()},   {ScopeRule::media, media.id.text()},
                 {ScopeRule::request, request.id.text()},     {ScopeRule::region, out.region.text()}};
      return {};
    }));
    return out;
  }

  std::string person(store::Store& store, const std::string& role, const store::Scope& scope) {
    const auto cookie = to_hex(random.bytes(32));
    store::User user;
    user.id = UserId::make(clock.now(), random);
    user.account = role + "." + to_hex(random.bytes(4));
    user.person = user.account;
    user.role = role;
    user.state = store::UserState::active;
    user.scope = scope;
    user.created = user.password_changed = clock.now();
    const auto now = clock.now();
    const store::Session session{
        token_hash(cookie), user.id, std::string(32, 'c'), now, now + std::chrono::hours(8), now, now, "127.0.0.1"};
    good(store.write([&](store::Repositories& r) -> Result<> {
      KW_CHECK(r.users().insert(user));
      return r.sessions().insert(session);
    }));
    return cookie;
  }

  [[nodiscard]] Reply call(const std::string& cookie, const Way& way, const std::string& id) const {
    auto path = way.path;
    for (const auto* name : {"{id}", "{revision}", "{index}"})
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, std::string_view(name).size(), id);
    return net::testing::request(server->console_port(), way.method, "/api/v1" + path, "",
                                 {{"Cookie", "kw_session=" + cookie}, {"X-Kw-Csrf", std::string(32, 'c')}});
  }
};

/// Not walked: they end the session that walks, or are no plain requests (api_test.cpp asks them).
bool walked(const Permission& row) {
  return !row.anonymous && row.operation != "logout" && row.operation != "live" && row.operation != "lookLive";
}

TEST_F(Walk, EveryRoleEveryOperationInAndOutOfRegion) {
  const auto all = ways();
  std::size_t seen = 0, refused = 0, hidden = 0;
  for (const auto& row : permissions()) {
    if (!walked(row)) continue;
    ASSERT_TRUE(all.contains(row.operation)) << row.operation;
    const auto& way = all.at(std::string(row.operation));
    const bool names = way.path.find("{id}") != std::string::npos && here.ids.contains(row.scope);
    for (const auto& role : roles()) {
      const std::string who(role.name), what = who + " " + std::string(row.operation);
      const auto in = call(district.at(who), way, names ? here.ids.at(row.scope) : "1");
      const auto out = call(district.at(who), way, names ? there.ids.at(row.scope) : "1");
      const auto whole = call(city.at(who), way, names ? there.ids.at(row.scope) : "1");
      ++seen;
      if (!may(who, row.operation)) {
        ++refused;
        for (const auto* reply : {&in, &out, &whole}) EXPECT_EQ(reply->status, 403) << what << " " << reply->body;
        continue;
      }
      EXPECT_NE(whole.status, 403) << what << " " << whole.body;
      if (row.scope == ScopeRule::city) {
        EXPECT_EQ(in.status, 403) << what << " reaches the whole city";
        continue;
      }
      EXPECT_NE(in.status, 403) << what << " " << in.body;
      if (names) {
        ++hidden;
        EXPECT_EQ(out.status, 404) << what << " out of region " << out.body;
        EXPECT_NE(in.status, 404) << what << " " << in.body;
        EXPECT_NE(whole.status, 404) << what << " " << whole.body;
      }
      EXPECT_EQ(in.body.find(there.mark), std::string::npos) << what << " shows another district: " << in.body;
    }
  }
  EXPECT_GT(seen, 400u);
  EXPECT_GT(refused, 100u);
  EXPECT_GT(hidden, 40u);
}

TEST_F(Walk, ListsAndCountsHoldWhatIsInScopeAndNothingElse) {
  const auto get = [&](const std::string& cookie, const std::string& path) {
    const auto reply = call(cookie, {"GET", path}, "");
    EXPECT_EQ(reply.status, 200) << path << reply.body;
    return reply.body;
  };
  for (const auto* path : {"/sites", "/devices", "/enrolments", "/enrol-tokens", "/alarms", "/requests", "/regions"}) {
    const auto mine = get(district.at("security"), path), everything = get(city.at("security"), path);
    EXPECT_NE(mine.find(here.mark), std::string::npos) << path << " " << mine;
    EXPECT_EQ(mine.find(there.mark), std::string::npos) << path << " " << mine;
    EXPECT_NE(everything.find(there.mark), std::string::npos) << path;
  }
  const auto counts = [&](const std::string& cookie) {
    const auto value = boost::json::parse(get(cookie, "/overview"));
    return std::vector<std::int64_t>{value.at("devices").at("total").as_int64(),
                                     value.at("enrolments_pending").as_int64(), value.at("alarms_open").as_int64(),
                                     value.at("baselines_waiting").as_int64(), value.at("requests_waiting").as_int64()};
  };
  EXPECT_EQ(counts(district.at("security")), (std::vector<std::int64_t>{1, 1, 1, 1, 1}));
  EXPECT_EQ(counts(city.at("security")), (std::vector<std::int64_t>{2, 2, 2, 2, 2}));
}

}  // namespace
}  // namespace kw::server
