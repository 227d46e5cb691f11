// The REST API from outside: a whole server on free ports, spoken to with plain sockets.
#include <boost/json.hpp>
#include <fstream>

#include "crypto/password.h"
#include "net/testing/http_client.h"
#include "server/permissions.h"
#include "server/server.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

namespace json = boost::json;
using net::testing::Connection;
using net::testing::Reply;
using ::testing::AnyOf;
using testing::good;
using ::testing::HasSubstr;
using testing::take;

constexpr auto kPolicy = R"({"mode":"enforce","allow_out":[{"name":"business","address":"198.18.10.20","protocol":"tcp",
  "ports":["8080"]}],"allow_in":[],"tolerate":[],"cut":{"on_illegal_outbound":true,"on_interface_change":true,
  "on_identity_change":true,"leave_platform_channel":true}})";

struct Console {
  std::uint16_t port = 0;
  std::string cookie{}, csrf{}, totp_secret{};

  Reply call(std::string_view method, const std::string& path, const std::string& body = {},
             std::map<std::string, std::string> headers = {}) const {
    if (!cookie.empty()) headers.emplace("Cookie", cookie);
    if (!csrf.empty() && method != "GET") headers.emplace("X-Kw-Csrf", csrf);
    if (!body.empty()) headers.emplace("Content-Type", "application/json");
    return net::testing::request(port, method, "/api/v1" + path, body, headers);
  }
  json::object get(const std::string& path) const {
    const auto reply = call("GET", path);
    EXPECT_EQ(reply.status, 200) << path << " " << reply.body;
    return parsed(reply);
  }
  static json::object parsed(const Reply& reply) {
    boost::system::error_code error;
    auto value = json::parse(reply.body, error);
    return !error && value.is_object() ? value.get_object() : json::object();
  }
  static std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  void enter(const Reply& reply) {
    ASSERT_EQ(reply.status, 200) << reply.body;
    cookie = reply.headers.at("set-cookie").substr(0, reply.headers.at("set-cookie").find(';'));
    EXPECT_THAT(reply.headers.at("set-cookie"), HasSubstr("HttpOnly; SameSite=Strict"));
    csrf = text(parsed(reply), "csrf");
  }
  void activate(const std::string& account, const std::string& once, const Clock& clock) {
    const auto begun = parsed(call(
        "POST", "/activation",
        R"({"account":")" + account + R"(","one_time_password":")" + once + R"(","new_password":"Correct-horse-9"})"));
    totp_secret = text(begun, "totp_secret");
    const auto secret = take(from_base32(totp_secret));
    const auto one_time_code = crypto::totp(secret, crypto::totp_step(clock.now()));
    enter(call("POST", "/activation/confirm",
               R"({"activation":")" + text(begun, "activation") + R"(","code":")" + one_time_code + R"("})"));
  }
};

class ApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new World(); }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  struct World {
    World() {
      config.data_dir = dir.path() / "data";
      config.console = {"127.0.0.1", 0};
      config.two_persons_at_first.emplace();  // none: what one person does is what is tested
      config.link = {"127.0.0.1", 0};
      config.advertise = {{"198.18.20.2", 8660}};
      std::filesystem::create_directories(dir.path() / "www");
      std::ofstream(dir.path() / "www" / "index.html") << "console";
      config.static_dir = dir.path() / "www";
      config.compliance_dir = KW_SOURCE_DIR "/catalogue/compliance";
      open();
      for (const auto& one : server->first_credentials())
        once[one.user.role] = {one.user.account, one.one_time_password};
      for (auto& [role, words] : once) {
        people[role].port = server->console_port();
        people[role].activate(words.first, words.second, clock);
      }
    }
    void open() {
      server.reset();
      server = take(Server::open(config, {clock, random, log}));
      good(server->start());
      for (auto& [role, console] : people) console.port = server->console_port();
    }
    testing::TemporaryDirectory dir;
    ServerConfig config;
    testing::FakeClock clock;
    crypto::SystemRandom random;
    NullLog log;
    std::unique_ptr<Server> server;
    std::map<std::string, std::pair<std::string, std::string>> once;
    std::map<std::string, Console> people;
  };
  static Console& as(const std::string& role) { return world_->people.at(role); }
  static Console stranger() { return Console{world_->server->console_port()}; }
  static std::string site() {
    const auto items = as("security").get("/sites").at("items").as_array();
    if (!items.empty()) return Console::text(items.at(0).as_object(), "id");
    return Console::text(
        Console::parsed(
            as("security").call("POST", "/sites", R"({"name":"市民中心","district":"福田","address":"a"})")),
        "id");
  }
  static World* world_;
};
ApiTest::World* ApiTest::world_ = nullptr;

TEST_F(ApiTest, HealthNeedsNobody) { EXPECT_EQ(Console::text(stranger().get("/health"), "status"), "ok"); }

TEST_F(ApiTest, WalksFromSiteToAuditProof) {
  const auto id = site();
  const auto token =
      as("security").call("POST", "/enrol-tokens", R"({"site":")" + id + R"(","valid_minutes":5,"note":"n"})");
  EXPECT_EQ(token.status, 201) << token.body;
  EXPECT_EQ(as("audit").get("/enrol-tokens").at("items").as_array().at(0).as_object().if_contains("token"), nullptr);
  EXPECT_EQ(as("security").get("/enrolments?state=pending").at("items").as_array().size(), 0u);
  const auto check = Console::parsed(as("audit").call("POST", "/policies/check", kPolicy));
  EXPECT_TRUE(check.at("ok").as_bool()) << json::serialize(check);
  const auto published =
      as("security")
          .call("POST", "/policies", std::string(R"({"base_revision":0,"note":"n","network":)") + kPolicy + "}");
  EXPECT_EQ(published.status, 201) << published.body;
  EXPECT_EQ(as("system").get("/policies/1").at("network").as_object().at("mode").as_string(), "enforce");
  const auto stale =
      as("security")
          .call("POST", "/policies", std::string(R"({"base_revision":0,"note":"n","network":)") + kPolicy + "}");
  EXPECT_EQ(stale.status, 409);
  const auto bad = as("security").call("POST", "/policies", R"({"base_revision":1,"note":"n","network":{"mode":"x"}})");
  EXPECT_EQ(bad.status, 422);
  EXPECT_FALSE(Console::parsed(bad).at("problems").as_array().empty());
  EXPECT_EQ(as("system").get("/devices").at("total").as_int64(), 0);
  EXPECT_EQ(as("system").get("/overview").at("devices").as_object().at("total").as_int64(), 0);
  EXPECT_GT(as("system").get("/event-types").at("items").as_array().size(), 50u);

  // The feeder and the timer of checkpoints run on their own: ask until the entry is proved, for ten seconds at most.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool proved = false;
  while (!proved && std::chrono::steady_clock::now() < until) {
    const auto items = as("audit").get("/audit?type=policy.published&person=secadmin").at("items").as_array();
    if (items.empty()) continue;
    const auto index = items.at(0).as_object().at("index").as_int64();
    const auto proof = as("audit").call("GET", "/audit/" + std::to_string(index) + "/proof");
    proved = proof.status == 200 && Console::parsed(proof).at("verified").as_bool();
  }
  EXPECT_TRUE(proved);
}

TEST_F(ApiTest, EveryOperationRefusesTheWrongRoleAndTheStranger) {
  const std::map<std::string, std::pair<std::string, std::string>> operations = {
      {"getSession", {"GET", "/session"}},
      {"logout", {"DELETE", "/session"}},
      {"getOverview", {"GET", "/overview"}},
      {"listSites", {"GET", "/sites"}},
      {"createSite", {"POST", "/sites"}},
      {"listEnrolTokens", {"GET", "/enrol-tokens"}},
      {"createEnrolToken", {"POST", "/enrol-tokens"}},
      {"listEnrolments", {"GET", "/enrolments"}},
      {"approveEnrolment", {"POST", "/enrolments/0/approve"}},
      {"rejectEnrolment", {"POST", "/enrolments/0/reject"}},
      {"listDevices", {"GET", "/devices"}},
      {"getDevice", {"GET", "/devices/0"}},
      {"releaseDevice", {"POST", "/devices/0/release"}},
      {"issueUninstallOrder", {"POST", "/devices/0/uninstall-order"}},
      {"cutDevice", {"POST", "/devices/0/cut"}},
      {"disableDevice", {"POST", "/devices/0/disable"}},
      {"listPolicies", {"GET", "/policies"}},
      {"publishPolicy", {"POST", "/policies"}},
      {"checkPolicy", {"POST", "/policies/check"}},
      {"getPolicy", {"GET", "/policies/9"}},
      {"listSections", {"GET", "/policies/sections"}},
      {"checkSections", {"POST", "/policies/sections/check"}},
      {"orderAction", {"POST", "/devices/0/actions"}},
      {"listBaselines", {"GET", "/devices/0/baselines"}},
      {"getBaseline", {"GET", "/baselines/0"}},
      {"approveBaseline", {"POST", "/baselines/0/approve"}},
      {"rejectBaseline", {"POST", "/baselines/0/reject"}},
      {"askAction", {"POST", "/devices/0/requests"}},
      {"listSigningKeys", {"GET", "/signing-keys"}},
      {"addSigningKey", {"POST", "/signing-keys"}},
      {"removeSigningKey", {"POST", "/signing-keys/0/remove"}},
      {"revokeSigningKey", {"POST", "/signing-keys/0/revoke"}},
      {"getPersonRule", {"GET", "/person-rule"}},
      {"proposePersonRule", {"POST", "/person-rule"}},
      {"listSignings", {"GET", "/signings"}},
      {"getSigning", {"GET", "/signings/0"}},
      {"signSigning", {"POST", "/signings/0/signatures"}},
      {"withdrawSigning", {"POST", "/signings/0/withdraw"}},
      {"listRequests", {"GET", "/requests"}},
      {"getRequest", {"GET", "/requests/0"}},
      {"approveRequest", {"POST", "/requests/0/approve"}},
      {"rejectRequest", {"POST", "/requests/0/reject"}},
      {"listMedia", {"GET", "/devices/0/media"}},
      {"listBusinessSessions", {"GET", "/devices/0/sessions"}},
      {"getMediaContent", {"GET", "/media/0/content"}},
      {"getMediaSealed", {"GET", "/media/0/sealed"}},
      {"getMediaStatement", {"GET", "/media/0/statement"}},
      {"endLive", {"POST", "/media/0/end"}},
      {"listAlarms", {"GET", "/alarms"}},
      {"acknowledgeAlarm", {"POST", "/alarms/0/acknowledge"}},
      {"listAudit", {"GET", "/audit"}},
      {"getTimeline", {"GET", "/audit/timeline"}},
      {"getAuditProof", {"GET", "/audit/0/proof"}},
      {"getAuditReceipt", {"GET", "/audit/0/receipt"}},
      {"listLedgerSegments", {"GET", "/ledger/segments"}},
      {"exportLedgerSegment", {"GET", "/ledger/segments/0/bundle"}},
      {"confirmLedgerExport", {"POST", "/ledger/segments/0/confirm"}},
      {"listUsers", {"GET", "/users"}},
      {"createUser", {"POST", "/users"}},
      {"listExports", {"GET", "/exports"}},
      {"listExportRefusals", {"GET", "/exports/x/refusals"}},
      {"listExportProfiles", {"GET", "/export-profiles"}},
      {"saveExportProfile", {"POST", "/export-profiles"}},
      {"checkExportProfile", {"POST", "/export-profiles/check"}},
      {"listExportProfileVersions", {"GET", "/export-profiles/x/versions"}},
      {"resendExportRefusal", {"POST", "/exports/x/refusals/1/resend"}},
      {"pauseExport", {"POST", "/exports/x/pause"}},
      {"resumeExport", {"POST", "/exports/x/resume"}},
      {"testExport", {"POST", "/exports/x/test"}},
      {"createAuditExtract", {"POST", "/audit/extracts"}},
      {"listAuditExtracts", {"GET", "/audit/extracts"}},
      {"getAuditExtract", {"GET", "/audit/extracts/0/content"}},
      {"listRowFindings", {"GET", "/store/rows"}},
      {"getLanding", {"GET", "/landing"}},
      {"acceptRows", {"POST", "/store/rows/accept"}},
      {"listWitnesses", {"GET", "/witnesses"}},
      {"getWitnessed", {"GET", "/witnesses/checkpoint"}},
      {"getCompliance", {"GET", "/compliance"}},
      {"listCompliance", {"GET", "/compliance/requirements"}},
      {"getComplianceRequirement", {"GET", "/compliance/requirements/0"}},
      {"listComplianceSubjects", {"GET", "/compliance/subjects"}},
      {"listComplianceRaises", {"GET", "/compliance/raises"}},
      {"listComplianceEnding", {"GET", "/compliance/ending"}},
      {"listComplianceChanges", {"GET", "/compliance/changes"}},
      {"listComplianceRecords", {"GET", "/compliance/records"}},
      {"fileComplianceRecord", {"POST", "/compliance/records"}},
      {"withdrawComplianceRecord", {"POST", "/compliance/records/0/withdraw"}},
      {"declareNotApplicable", {"POST", "/compliance/statements"}},
      {"getVault", {"GET", "/vault"}},
      {"listVaultKeys", {"GET", "/vault/keys"}},
      {"actVaultKey", {"POST", "/vault/keys/0/act"}},
      {"rotateVault", {"POST", "/vault/rotations"}},
      {"rewrapVaultKeys", {"POST", "/vault/wrapping"}},
      {"putVaultCases", {"POST", "/vault/x/cases"}},
      {"getVaultCases", {"POST", "/vault/x/get"}},
      {"findVaultCases", {"POST", "/vault/x/find"}},
      {"listVaultCases", {"POST", "/vault/x/newest"}},
      {"revealVaultCase", {"POST", "/vault/x/reveal"}},
      {"putVaultFile", {"POST", "/vault/x/files"}},
      {"getVaultFile", {"GET", "/vault/x/0/files/photo"}},
      {"getVaultFileSealed", {"GET", "/vault/x/0/files/photo/sealed"}},
      {"getVaultFileStatement", {"GET", "/vault/x/0/files/photo/statement"}},
      {"removeVaultCase", {"POST", "/vault/x/remove"}},
      {"listPersons", {"GET", "/persons"}},
      {"findPersons", {"POST", "/persons/find"}},
      {"getPerson", {"GET", "/persons/0"}},
      {"forgetPerson", {"POST", "/persons/0/forget"}},
      {"changeCustodian", {"POST", "/devices/0/custodian"}},
      {"readPersonal", {"POST", "/audit/0/personal"}},
      {"disableUser", {"POST", "/users/0/disable"}},
      {"listEventTypes", {"GET", "/event-types"}},
      {"confirmIdentity", {"POST", "/session/confirm"}},
      {"changePassword", {"POST", "/session/password"}},
      {"challengeFactor", {"POST", "/session/factors/challenge"}},
      {"listOwnFactors", {"GET", "/session/factors"}},
      {"addFactor", {"POST", "/session/factors"}},
      {"removeFactor", {"DELETE", "/session/factors/0"}},
      {"listOwnSessions", {"GET", "/session/all"}},
      {"revokeOwnSession", {"DELETE", "/session/all/0"}},
      {"listSessions", {"GET", "/sessions"}},
      {"revokeSession", {"DELETE", "/sessions/0"}},
      {"listRegions", {"GET", "/regions"}},
      {"createRegion", {"POST", "/regions"}},
      {"renameRegion", {"POST", "/regions/0/name"}},
      {"deleteRegion", {"DELETE", "/regions/0"}},
      {"moveSite", {"POST", "/sites/0/region"}},
      {"inviteUser", {"POST", "/users/0/invite"}},
      {"changeUser", {"POST", "/users/0/change"}},
      {"resetUser", {"POST", "/users/0/reset"}},
      {"getSettings", {"GET", "/settings"}},
      {"changeSettings", {"POST", "/settings"}},
      {"listApiTokens", {"GET", "/api-tokens"}},
      {"createApiToken", {"POST", "/api-tokens"}},
      {"revokeApiToken", {"POST", "/api-tokens/0/revoke"}},
  };
  for (const auto& row : permissions()) {
    if (row.anonymous || row.operation == "live" || row.operation == "lookLive") continue;
    const auto& [method, path] = operations.at(std::string(row.operation));
    EXPECT_EQ(stranger().call(method, path).status, 401) << row.operation;
    for (const auto* role : {"system", "security", "audit"}) {
      if (may(role, row.operation)) continue;
      const auto reply = as(role).call(method, path);
      EXPECT_EQ(reply.status, 403) << role << " " << row.operation;
      EXPECT_THAT(reply.body, HasSubstr(R"("code":"forbidden")"));
    }
  }
}

TEST_F(ApiTest, SectionsOfTheDefenceArePublishedBesideTheNetworkPart) {
  const auto publish = [](int base, const std::string& defence) {
    return as("security")
        .call("POST", "/policies",
              R"({"base_revision":)" + std::to_string(base) + R"(,"note":"n","network":)" + kPolicy +
                  (defence.empty() ? "" : R"(,"defence":)" + defence) + "}");
  };
  const auto sections = as("audit").get("/policies/sections");
  EXPECT_EQ(sections.at("interfaces").at("fields").at(0).at("name").as_string(), "mode");
  const auto check =
      Console::parsed(as("audit").call("POST", "/policies/sections/check", R"({"interfaces":{"mode":"on"}})"));
  EXPECT_FALSE(check.at("ok").as_bool());
  EXPECT_EQ(check.at("problems").at(0).at("path").as_string(), "/interfaces/mode");
  const auto doubtful = Console::parsed(
      as("audit").call("POST", "/policies/sections/check", R"({"interfaces":{"mode":"enforce","others_down":false}})"));
  EXPECT_TRUE(doubtful.at("ok").as_bool());
  EXPECT_TRUE(doubtful.at("problems").at(0).at("warning").as_bool());
  const auto base = static_cast<int>(as("security").get("/policies").at("items").as_array().size());
  EXPECT_EQ(publish(base, R"({"interfaces":{"mode":"on"}})").status, 422);
  ASSERT_EQ(publish(base, R"({"interfaces":{"mode":"watch","others_down":true}})").status, 201);
  ASSERT_EQ(publish(base + 1, "").status, 201) << "without sections those before stay";
  const auto kept = as("system").get("/policies/" + std::to_string(base + 2));
  EXPECT_EQ(kept.at("defence").at("interfaces").at("mode").as_string(), "watch");
  ASSERT_EQ(publish(base + 2, "{}").status, 201) << "no section at all takes them away";
  EXPECT_TRUE(as("system").get("/policies/" + std::to_string(base + 3)).at("defence").as_object().empty());
}

TEST_F(ApiTest, ActionsThatNoSectionKnowsAreRefused) {
  const auto reply = as("security")
                         .call("POST", "/devices/" + std::string(32, 'a') + "/actions",
                               R"({"section":"interfaces","action":"dance","args":{},"reason":"r"})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(as("security")
                .call("POST", "/devices/" + std::string(32, 'a') + "/actions",
                      R"({"section":"interfaces","action":"dance","args":{"a":1},"reason":"r"})")
                .status,
            422);
}

TEST_F(ApiTest, BaselinesOfNobodyAreNotFound) {
  const std::string nobody(32, 'a');
  EXPECT_EQ(as("audit").call("GET", "/devices/" + nobody + "/baselines").status, 404);
  EXPECT_EQ(as("audit").call("GET", "/baselines/" + nobody).status, 404);
  EXPECT_EQ(as("security").call("POST", "/baselines/" + nobody + "/approve", R"({"reason":"r"})").status, 404);
  EXPECT_EQ(as("security").call("POST", "/baselines/" + nobody + "/approve", R"({"reason":""})").status, 422);
}

TEST_F(ApiTest, WritesNeedTheSessionsCsrfValue) {
  auto console = as("security");
  console.csrf.clear();
  EXPECT_EQ(console.call("POST", "/sites", R"({"name":"n","district":"","address":""})").status, 403);
  console.csrf = as("system").csrf;
  EXPECT_EQ(console.call("POST", "/sites", R"({"name":"n","district":"","address":""})").status, 403);
  EXPECT_EQ(console.call("DELETE", "/session").status, 403);
}

TEST_F(ApiTest, BadBodiesAreTyped) {
  const auto post = [](const std::string& body) { return as("security").call("POST", "/sites", body); };
  EXPECT_EQ(post("{").status, 400);
  EXPECT_THAT(post("{").body, HasSubstr(R"("code":"malformed")"));
  const auto unknown = post(R"({"name":"n","district":"","address":"","extra":1})");
  EXPECT_EQ(unknown.status, 422);
  EXPECT_THAT(unknown.body, HasSubstr(R"("code":"invalid")"));
  EXPECT_THAT(unknown.body, HasSubstr("/extra"));
  EXPECT_EQ(post(R"({"name":"","district":"","address":""})").status, 422);
  EXPECT_EQ(post(R"({"name":"a\nb","district":"","address":""})").status, 422);
  EXPECT_EQ(post(R"({"name":")" + std::string(101, 'x') + R"(","district":"","address":""})").status, 422);
  EXPECT_EQ(post(R"({"name":")" + std::string(2 << 20, 'x') + R"("})").status, 413);
  EXPECT_EQ(as("security").call("POST", "/sites", "{}", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(as("security").call("PATCH", "/sites", "{}").status, 405);
  EXPECT_EQ(as("security").call("GET", "/nowhere").status, 404);
}

TEST_F(ApiTest, BadQueriesAndIdsAreTyped) {
  const std::pair<const char*, int> cases[] = {
      {"/devices?limit=0", 422},     {"/devices?limit=501", 422},
      {"/devices?limit=x", 422},     {"/devices?state=hot", 422},
      {"/devices?baselines=x", 422}, {"/devices?baselines=waiting", 200},
      {"/devices?cursor=zz", 400},   {"/devices?unknown=1", 422},
      {"/devices/xyz", 404},         {"/devices/00000000000000000000000000000000", 404},
      {"/alarms?state=x", 422},      {"/enrolments?state=x", 422},
      {"/policies/999", 404},        {"/policies/-1", 404},
      {"/devices/../audit", 400},    {"/devices/%2e%2e/audit", 400},
  };
  for (const auto& [path, status] : cases) EXPECT_EQ(as("security").call("GET", path).status, status) << path;
  EXPECT_EQ(as("audit").call("GET", "/audit?from=yesterday").status, 422);
  EXPECT_EQ(as("audit").call("GET", "/audit/99999999/proof").status, 404);
}

TEST_F(ApiTest, LoginRefusalsTellNothing) {
  const auto wrong = stranger().call("POST", "/session", R"({"account":"sysadmin","password":"no","code":"000000"})");
  const auto nobody = stranger().call("POST", "/session", R"({"account":"nobody","password":"no","code":"000000"})");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(Console::text(Console::parsed(wrong), "detail"), Console::text(Console::parsed(nobody), "detail"));
  EXPECT_EQ(stranger().call("POST", "/session", R"({"account":"a","password":"b","code":"12345x"})").status, 422);
}

TEST_F(ApiTest, LiveNeedsSessionAndOwnOriginAndTellsChanges) {
  const auto port = as("audit").port;
  const auto upgrade = [&](const std::string& origin, const std::string& cookie) {
    return "GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\nOrigin: " +
           origin + "\r\nCookie: " + cookie + "\r\n\r\n";
  };
  const auto own = "http://127.0.0.1:" + std::to_string(port);
  Connection evil(port);
  evil.send(upgrade("http://evil.example", as("audit").cookie));
  EXPECT_EQ(evil.receive().status, 403);
  Connection nobody(port);
  nobody.send(upgrade(own, "kw_session=" + std::string(64, 'a')));
  EXPECT_EQ(nobody.receive().status, 401);
  Connection live(port);
  live.send(upgrade(own, as("audit").cookie));
  ASSERT_EQ(live.receive().status, 101);
  // A refusal opens an alarm, and the alarm is told.
  EXPECT_EQ(as("system").call("GET", "/audit").status, 403);
  std::string heard;
  while (heard.find(R"("kind":"alarm")") == std::string::npos) {
    const auto more = live.take(64);
    ASSERT_FALSE(more.empty()) << heard;
    heard += more;
  }
}

TEST_F(ApiTest, NumbersOfPeopleStayOutOfWords) {
  const auto site = [](const std::string& name) {
    return as("security").call("POST", "/sites", R"({"name":")" + name + R"(","district":"d","address":"a"})");
  };
  const auto refused = site("of 11010519491231002X");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("/name: numbers of identity cards"));
  EXPECT_EQ(site("of 4111111111111111").status, 422);
  EXPECT_EQ(site("number 13800138").status, 201);
}

TEST_F(ApiTest, AnAccountTakesTwoPeopleAndThenIsInvitedAndDisabled) {
  const auto post = [](const std::string& body) { return as("system").call("POST", "/users", body); };
  const auto asked = post(R"({"account":"carol","display_name":"Carol","person":"77","role":"audit"})");
  ASSERT_EQ(asked.status, 202) << asked.body;
  const auto request = Console::parsed(asked);
  EXPECT_EQ(Console::text(request, "operation"), "createUser");
  EXPECT_EQ(request.at("args").at("regions").as_string(), "全市") << "whoever approves sees where";
  const auto decide = "/requests/" + Console::text(request, "id") + "/approve";
  EXPECT_EQ(as("system").call("POST", decide, R"({"reason":"r"})").status, 403) << "another person has to";
  EXPECT_EQ(as("security").get("/overview").at("requests_waiting").as_int64(), 1);
  EXPECT_EQ(as("system").get("/overview").at("requests_waiting").as_int64(), 0) << "his own";
  const auto shown = as("security").get("/requests/" + Console::text(request, "id"));
  EXPECT_EQ(shown.at("wanted").as_object().at("person").as_string(), "77");
  const auto approved = as("security").call("POST", decide, R"({"reason":"known to me"})");
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(Console::text(Console::parsed(approved), "outcome"), "done");
  std::string id;
  const auto users = as("system").get("/users");
  for (const auto& user : users.at("items").as_array())
    if (user.at("account").as_string() == "carol") id = Console::text(user.as_object(), "id");
  EXPECT_EQ(post(R"({"account":"carol2","display_name":"C","person":"77","role":"system"})").status, 409);
  EXPECT_EQ(post(R"({"account":"Bad Name","display_name":"C","person":"78","role":"audit"})").status, 422);
  EXPECT_EQ(post(R"({"account":"dave","display_name":"D","person":"79","role":"assessor"})").status, 422)
      << "no last day";
  const auto made = as("system").call("POST", "/users/" + id + "/invite");
  ASSERT_EQ(made.status, 200) << made.body;
  Console carol = stranger();
  carol.activate("carol", Console::text(Console::parsed(made), "one_time_password"), world_->clock);
  EXPECT_EQ(Console::text(carol.get("/session"), "role"), "audit");
  EXPECT_EQ(as("system").call("POST", "/users/" + id + "/disable", R"({"reason":"left"})").status, 200);
  EXPECT_EQ(carol.call("GET", "/session").status, 401);
}

TEST_F(ApiTest, WhatIsCriticalAsksForPasswordAndCodeOnceMore) {
  const auto post = [] {
    return as("security").call("POST", "/api-tokens", R"({"name":"n","operations":["listDevices"],"days":1})");
  };
  world_->clock.advance(std::chrono::minutes(11));
  for (const auto* role : {"system", "security", "audit"})
    as(role).get("/session");  // idle less than a quarter of an hour
  const auto asked = post();
  ASSERT_EQ(asked.status, 403);
  EXPECT_EQ(Console::text(Console::parsed(asked), "code"), "confirm_identity");
  const auto secret = take(from_base32(as("security").totp_secret));
  const auto confirm = [&](const std::string& password) {
    const auto one_time_code = crypto::totp(secret, crypto::totp_step(world_->clock.now()));
    return as("security")
        .call("POST", "/session/confirm", R"({"password":")" + password + R"(","code":")" + one_time_code + R"("})");
  };
  EXPECT_EQ(confirm("Wrong-password-1").status, 403);
  EXPECT_EQ(post().status, 403);
  ASSERT_EQ(confirm("Correct-horse-9").status, 200);
  const auto made = post();
  ASSERT_EQ(made.status, 201) << made.body;
  const auto bearer = "Bearer " + Console::text(Console::parsed(made), "text");
  EXPECT_EQ(stranger().call("GET", "/devices", {}, {{"Authorization", bearer}}).status, 200);
  EXPECT_EQ(stranger().call("GET", "/alarms", {}, {{"Authorization", bearer}}).status, 403);
}

TEST_F(ApiTest, ServesTheConsoleAndNothingElse) {
  EXPECT_EQ(net::testing::request(as("audit").port, "GET", "/alarms").body, "console");
  for (const auto* path : {"/../data/keys/root.secret", "/%2e%2e/data/kioskward.db", "/..%2fdata%2fca.pem"}) {
    EXPECT_THAT(net::testing::request(as("audit").port, "GET", path).status, AnyOf(400, 404)) << path;
  }
}

TEST_F(ApiTest, StateSurvivesARestart) {
  const auto before = as("audit").get("/audit?limit=500").at("items").as_array().size();
  const auto credentials = world_->config.data_dir / "first-credentials.txt";
  world_->open();
  EXPECT_TRUE(world_->server->first_credentials().empty());
  EXPECT_EQ(Console::text(as("security").get("/session"), "account"), "secadmin") << "sessions live on";
  EXPECT_GE(as("audit").get("/audit?limit=500").at("items").as_array().size(), before);
  auto second = Server::open(world_->config, {world_->clock, world_->random, world_->log});
  EXPECT_EQ(testing::code(second), Errc::conflict) << "one process a data directory";
  EXPECT_FALSE(std::filesystem::exists(credentials) && std::filesystem::file_size(credentials) == 0);
  for (const auto* file : {"ca.pem", "ledger.pem", "kioskward.db", "ledger"}) {
    EXPECT_TRUE(std::filesystem::exists(world_->config.data_dir / file)) << file;
  }
}

// ---- the first day ------------------------------------------------------------------------------------------------

TEST(ApiFirstDay, TwoPersonsAreAskedForAsSoonAsThereAreTwo) {
  testing::TemporaryDirectory dir;
  testing::FakeClock clock;
  crypto::SystemRandom random;
  NullLog log;
  ServerConfig config;
  config.data_dir = dir.path() / "data";
  config.console = {"127.0.0.1", 0};
  config.link = {"127.0.0.1", 0};
  config.advertise = {{"198.18.20.2", 8660}};
  const auto server = take(Server::open(config, {clock, random, log}));
  good(server->start());
  std::map<std::string, Console> people;
  const auto activate = [&](const std::string& role) -> Console& {
    for (const auto& one : server->first_credentials()) {
      if (one.user.role != role) continue;
      people[role].port = server->console_port();
      people[role].activate(one.user.account, one.one_time_password, clock);
    }
    return people.at(role);
  };
  auto& system = activate("system");
  const auto listed = system.get("/settings").at("two_persons").as_array();
  EXPECT_EQ(listed.size(), two_persons_at_first().size());
  const auto region = [&](const std::string& name) {
    return Console::text(
        Console::parsed(
            system.call("POST", "/regions",
                        R"({"parent":"00000000000000000000000000000001","kind":"district","name":")" + name + R"("})")),
        "id");
  };
  const auto status = [&](const std::string& id) { return system.call("DELETE", "/regions/" + id, "").status; };
  const auto alone = region("alone"), two = region("two");
  const auto done = status(alone);
  EXPECT_LT(done, 300);
  EXPECT_NE(done, 202) << "nobody else could approve: he is not locked out";
  auto& audit = activate("audit");
  const auto entries = audit.get("/audit?type=request.alone").at("items").as_array();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].at("params").at("operation").as_string(), "deleteRegion");
  const auto third = region("third");
  EXPECT_NE(status(third), 202) << "the audit administrator approves nothing";
  auto& security = activate("security");
  EXPECT_EQ(status(two), 202);
  const auto waiting = security.get("/requests?state=waiting").at("items").as_array();
  ASSERT_EQ(waiting.size(), 1u);
  const auto id = Console::text(waiting.at(0).as_object(), "id");
  EXPECT_EQ(security.call("POST", "/requests/" + id + "/approve", R"({"reason":"seen"})").status, 200);
  EXPECT_EQ(status(two), 202) << "it waits again";
  EXPECT_EQ(system.get("/regions").at("items").as_array().size(), 1u) << "all three are gone";
  // Whom it is about does not approve it; nobody is left who could.
  const auto users = system.get("/users").at("items").as_array();
  for (const auto& one : users) {
    if (one.at("role").as_string() != "security") continue;
    const auto path = "/users/" + Console::text(one.as_object(), "id") + "/disable";
    EXPECT_EQ(system.call("POST", path, R"({"reason":"left"})").status, 409) << "not held; he is the last of his role";
  }
}

constexpr auto kBoundary =
    R"({"subject":"platform","record":"boundary","reference":"B-1","issuer":"bureau","valid_from":"2026-01-01T00:00:00Z",
  "valid_until":"2027-01-01T00:00:00Z","file_name":"b.pdf","file_digest":"DIGEST","fields":{"terminal_type":"a",
  "platform":"b","sites":"c","operating_unit":"d","approver":"e"}})";

TEST_F(ApiTest, RequirementsAreListedAndARecordIsFiledAndWithdrawn) {
  auto& security = as("security");
  const auto sum = security.get("/compliance");
  EXPECT_TRUE(sum.at("available").as_bool());
  EXPECT_TRUE(sum.at("platform").as_bool());
  EXPECT_EQ(security.get("/compliance/requirements?subject=platform").at("items").as_array().size(), 42u);
  const auto below = security.get("/compliance/requirements?subject=platform&clause=7.4.1").at("items").as_array();
  ASSERT_EQ(below.size(), 3u);
  EXPECT_EQ(below.at(0).at("status").as_string(), "not_met") << "an embedded store is not distributed";
  EXPECT_FALSE(security.get("/compliance/raises?limit=3").at("items").as_array().empty());
  const auto status = [&] {
    return Console::text(security.get("/compliance/requirements/1?subject=platform").at("requirement").as_object(),
                         "status");
  };
  EXPECT_EQ(status(), "unknown");
  auto body = std::string(kBoundary);
  body.replace(body.find("DIGEST"), 6, std::string(64, 'a'));
  EXPECT_EQ(as("audit").call("POST", "/compliance/records", body).status, 403);
  const auto filed = security.call("POST", "/compliance/records", body);
  ASSERT_EQ(filed.status, 201) << filed.body;
  EXPECT_EQ(status(), "met_attested");
  EXPECT_EQ(security.get("/compliance/ending?subject=platform&days=400").at("items").as_array().size(), 0u)
      << "sums come from what was judged last";
  const auto id = Console::text(Console::parsed(filed), "id");
  const auto withdraw = [&](const std::string& role) {
    return as(role).call("POST", "/compliance/records/" + id + "/withdraw", R"({"reason":"wrong"})").status;
  };
  EXPECT_EQ(withdraw("audit"), 403);
  EXPECT_EQ(withdraw("security"), 200);
  EXPECT_EQ(withdraw("security"), 409);
  EXPECT_EQ(status(), "unknown");
  const auto records = security.get("/compliance/records?subject=platform").at("items").as_array();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.at(0).at("withdrawn_why").as_string(), "wrong");
  for (const auto* bad : {"/compliance?subject=kiosk", "/compliance/requirements?status=good", "/compliance?x=1",
                          "/compliance/changes?since=yesterday", "/compliance/ending?days=0"})
    EXPECT_EQ(security.call("GET", bad).status, 422) << bad;
  for (const auto* none :
       {"/compliance?subject=device:00000000000000000000000000000009", "/compliance/requirements/99.9"})
    EXPECT_EQ(security.call("GET", none).status, 404) << none;
}

TEST_F(ApiTest, WhatDoesNotApplyWaitsForAnotherPersonAndNamesBoth) {
  auto& security = as("security");
  world_->clock.advance(std::chrono::minutes(1));  // a code is good once
  for (const auto* role : {"security", "system"}) {
    const auto code = crypto::totp(take(from_base32(as(role).totp_secret)), crypto::totp_step(world_->clock.now()));
    ASSERT_EQ(
        as(role).call("POST", "/session/confirm", R"({"password":"Correct-horse-9","code":")" + code + R"("})").status,
        200);
  }
  const auto said = [&](const std::string& requirement) {
    return security.call("POST", "/compliance/statements",
                         R"({"subject":"platform","requirement":")" + requirement +
                             R"(","reference":"S-1","reason":"no such feed","valid_until":"2027-06-01T00:00:00Z"})");
  };
  EXPECT_EQ(said("7.4.1.1").status, 422) << "it may not be left out: refused before anybody is asked";
  const auto held = said("9.1.2");
  ASSERT_EQ(held.status, 202) << held.body;
  const auto request = Console::parsed(held);
  EXPECT_EQ(request.at("args").at("requirement").as_string(), "9.1.2");
  const auto path = "/requests/" + Console::text(request, "id") + "/approve";
  EXPECT_EQ(security.call("POST", path, R"({"reason":"me too"})").status, 403);
  const auto approved = as("system").call("POST", path, R"({"reason":"seen"})");
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(Console::text(Console::parsed(approved), "outcome"), "done");
  const auto shown = security.get("/compliance/requirements/9.1.2?subject=platform");
  EXPECT_EQ(shown.at("requirement").at("status").as_string(), "not_applicable");
  const auto records = security.get("/compliance/records?record=not_applicable").at("items").as_array();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.at(0).at("who").as_string(), "secadmin");
  EXPECT_EQ(records.at(0).at("second_who").as_string(), "sysadmin");
}

}  // namespace
}  // namespace kw::server
