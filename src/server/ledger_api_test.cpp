// The ledger's operations over the API, and the API while the ledger takes nothing.
#include <boost/json.hpp>

#include "crypto/password.h"
#include "ledger/receipt.h"
#include "server/api/routes.h"
#include "server/export_service.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::good;
using testing::LinkBed;
using testing::take;

class LedgerApi : public ::testing::Test {
 protected:
  LedgerApi() {
    auto& p = bed.platform;
    api.emplace(router, Api::Services{p.auth, p.tokens, p.requests, p.settings, p.changes, bed.log});
    api->set_change_gate([this] { return bed.watch->admit_change(); });
    const ApiServices services{
        p.changes,  p.auth,         p.users,  p.own_factors, p.settings, p.tokens,   p.regions,   p.enrol,
        p.devices,  p.policies,     p.orders, p.baselines,   p.requests, p.signings, p.signers,   p.media,
        p.alarms,   audit,          persons,  *bed.business, exports,    extracts,   *bed.keeper, *bed.witnesses,
        *bed.watch, *bed.archivist, rows,     p.landing,     hub,        nullptr,    nullptr,     bed.log};
    for (const auto add :
         {add_session_routes, add_site_routes, add_audit_routes, add_ledger_routes, add_platform_routes})
      add(*api, services);
  }
  LoggedIn enter(const std::string& role) {
    auto& p = bed.platform;
    const auto invitation = take(p.auth.invite(role + ".one", role, role, role));
    good(p.store->write([&](auto& r) { return r.users().insert(invitation.user); }));
    const auto begun =
        take(p.auth.begin_activation(role + ".one", invitation.one_time_password, "Correct-horse-9", "peer", ""));
    const auto code = crypto::totp(take(from_base32(begun.totp_secret)), crypto::totp_step(p.clock.now()));
    return take(p.auth.confirm_activation(begun.activation, code, "peer", ""));
  }
  net::Response call(const LoggedIn& who, const std::string& method, const std::string& path,
                     const std::string& body = {}, std::map<std::string, std::string> query = {}) {
    net::Request request;
    request.method = method;
    request.path = std::string(Api::kPrefix) + path;
    request.query = std::move(query);
    request.headers = {{"cookie", "kw_session=" + who.cookie}, {"x-kw-csrf", who.principal.csrf}};
    if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
    request.body = body;
    auto found = router.find(request.method, request.path);
    EXPECT_NE(found.handler, nullptr) << path;
    request.params = std::move(found.params);
    return (*found.handler)(request);
  }
  void record(const std::string& reason) {
    std::int64_t position = 0;
    good(bed.platform.changes.run([&](Change& change) -> Result<> {
      KW_CHECK(change.record({.type = "device.disabled", .params = {{"reason", reason}}}));
      position = change.position();
      return {};
    }));
    std::promise<Result<>> promise;
    auto done = promise.get_future();
    if (bed.disk.full) return;
    bed.feeder->when_durable(position, [&](Result<> result) { promise.set_value(std::move(result)); });
    ASSERT_EQ(done.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    good(done.get());
  }
  template <class F>
  static bool until(F reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a condition with a deadline
    return reached();
  }

  LinkBed bed;
  LiveHub hub;
  RowWatch rows{bed.platform.changes,
                {[] { return Result<RowWatch::Findings>(RowWatch::Findings()); }, [] { return Result<>(); }},
                bed.log};
  AuditService audit{bed.platform.changes, *bed.keeper, bed.platform.subjects};
  PersonService persons{bed.platform.changes, bed.platform.subjects};
  ExportService exports{bed.platform.changes, bed.reader(), bed.log};
  ExtractService extracts{bed.platform.changes, *bed.keeper, audit, bed.platform.media_dir.path()};
  net::Router router;
  std::optional<Api> api;
};

TEST_F(LedgerApi, NoChangeIsMadeThatTheLedgerCannotRecord) {
  const auto system = enter("system");
  record("a");
  good(bed.keeper->tick());
  const auto body = [](const std::string& name) {
    return R"({"name":")" + name + R"(","district":"d","address":"a"})";
  };
  EXPECT_EQ(call(system, "POST", "/sites", body("before")).status, 201);
  bed.disk.full = true;
  record("b");
  ASSERT_TRUE(until([&] { return !bed.watch->writable(); }));
  const auto refused = call(system, "POST", "/sites", body("meanwhile"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("\"no_space\""), std::string::npos) << refused.body;
  EXPECT_NE(refused.body.find("audit ledger"), std::string::npos) << refused.body;
  EXPECT_EQ(call(system, "GET", "/sites").body.find("meanwhile"), std::string::npos)
      << "it was refused before it began";
  const auto overview = call(system, "GET", "/overview");
  EXPECT_NE(overview.body.find("\"writable\":false"), std::string::npos) << overview.body;
  bed.disk.full = false;
  ASSERT_TRUE(until([&] { return bed.watch->tick() && bed.watch->writable(); }));
  EXPECT_EQ(call(system, "POST", "/sites", body("after")).status, 201);
  bed.disk.full = true;
  record("c");
  ASSERT_TRUE(until([&] { return !bed.watch->writable(); }));
  EXPECT_EQ(call(system, "DELETE", "/session").status, 204) << "one may always leave";
  bed.disk.full = false;
}

TEST_F(LedgerApi, AReceiptIsCheckedByTheKeyAlone) {
  const auto auditor = enter("audit");
  record("a");
  good(bed.keeper->tick());
  const auto answer = call(auditor, "GET", "/audit/0/receipt");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.content_type, "application/x-pem-file");
  const auto octets = take(answer.source->next());
  const auto receipt = take(ledger::parse_receipt(text_of(*octets)));
  EXPECT_EQ(receipt.index, 0U);
  EXPECT_EQ(ledger::check_receipt(receipt, testing::test_keys().ledger_key().public_key()).fault,
            ledger::ReceiptFault::none);
  EXPECT_EQ(call(auditor, "GET", "/audit/999999/receipt").status, 404);
  record("behind");
  const auto list = take(bed.platform.store->read([](auto& r) { return r.audit().search({.type = "audit.receipt"}); }));
  EXPECT_EQ(list.size(), 1U) << "who took it is recorded";
  const auto security = enter("security");
  EXPECT_EQ(call(security, "GET", "/audit/0/receipt").status, 403);
  EXPECT_EQ(call(security, "GET", "/ledger/segments").status, 403);
  EXPECT_EQ(call(auditor, "GET", "/ledger/segments").body, R"({"items":[]})");
  EXPECT_EQ(call(auditor, "GET", "/ledger/segments/0/bundle", {}, {{"purpose", "x"}}).status, 404);
  EXPECT_EQ(call(auditor, "GET", "/ledger/segments/0/bundle").status, 422) << "a purpose is asked for";
  const auto digest = std::string(64, 'a');
  EXPECT_EQ(call(auditor, "POST", "/ledger/segments/0/confirm", R"({"digest":")" + digest + R"(","place":"p"})").status,
            404);
  EXPECT_EQ(call(auditor, "POST", "/ledger/segments/0/confirm", R"({"digest":"aa","place":"p"})").status, 422);
}

}  // namespace
}  // namespace kw::server
