#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct TokenCreatedView {
  std::string id, token, expires;
};
BOOST_DESCRIBE_STRUCT(TokenCreatedView, (), (id, token, expires))

Result<SiteId> site_id(const std::string& text) {
  auto out = SiteId::parse(text);
  if (!out) return fail(Errc::invalid, "/site: 32 hex digits");
  return *out;
}

/// A site out of scope is one that nobody knows.
Result<> known_site(RegionService& regions, const Principal& who, const SiteId& site) {
  KW_TRY(const bool held, regions.holds(who, site));
  return held ? Result<>() : fail(Errc::invalid, "/site: unknown");
}

Result<BindingInput> binding_of(Binding body) {
  KW_CHECK(check_text("/name", body.name, 1, 64));
  KW_CHECK(check_text("/custodian", body.custodian, 1, 64));
  KW_CHECK(check_text("/custodian_phone", body.custodian_phone, 0, 32));
  KW_CHECK(check_text("/address", body.address, 1, 64));
  KW_CHECK(check_text("/mac", body.mac, 1, 32));
  BindingInput out;
  KW_TRY(out.site, site_id(body.site));
  out.name = std::move(body.name);
  out.address = std::move(body.address);
  out.gateway = body.gateway.value_or("");
  KW_CHECK(check_text("/gateway", out.gateway, 0, 64));
  out.mac = std::move(body.mac);
  out.custodian = std::move(body.custodian);
  out.custodian_phone = std::move(body.custodian_phone);
  return out;
}

}  // namespace

void add_enrolment_routes(Api& api, const ApiServices& s) {
  auto& enrol = s.enrol;
  auto& regions = s.regions;
  api.add("GET", "/enrol-tokens", "listEnrolTokens",
          [&enrol, &changes = s.changes](const Call& call) -> Result<Answer> {
            KW_TRY(const auto tokens, enrol.list_tokens(call.who.scope));
            return ok(ItemsView<TokenView>{views(tokens, changes.clock().now())});
          });
  api.add("POST", "/enrol-tokens", "createEnrolToken", [&enrol, &regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<EnrolTokenNew>());
    KW_TRY(const auto site, site_id(body.site));
    KW_CHECK(known_site(regions, call.who, site));
    KW_CHECK(check_text("/note", body.note, 0, 200));
    if (body.valid_minutes < 1 || body.valid_minutes > 10080) return fail(Errc::invalid, "/valid_minutes: 1 to 10080");
    KW_TRY(const auto made, enrol.create_token(site, body.valid_minutes, body.note, call.actor()));
    return ok(TokenCreatedView{made.token.id.text(), made.text, to_rfc3339(made.token.expires)}, 201);
  });
  api.add("GET", "/enrolments", "listEnrolments", [&enrol](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"state"}));
    KW_TRY(const auto text, call.query("state", 16));
    const auto state = store::parse_enrolment_state(text);
    if (!text.empty() && !state) return fail(Errc::invalid, "state: pending, approved or rejected");
    KW_TRY(const auto list, enrol.list(state, call.who.scope));
    return ok(ItemsView<EnrolmentView>{views(list)});
  });
  api.add("POST", "/enrolments/{id}/approve", "approveEnrolment",
          [&enrol, &regions](const Call& call) -> Result<Answer> {
            KW_TRY(const auto id, call.id<EnrolmentId>());
            KW_TRY(auto body, call.body<Binding>());
            KW_TRY(const auto binding, binding_of(std::move(body)));
            KW_CHECK(known_site(regions, call.who, binding.site));
            KW_TRY(const auto done, enrol.approve(id, binding, call.actor()));
            return ok(view(done));
          });
  api.add("POST", "/enrolments/{id}/reject", "rejectEnrolment", [&enrol](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<EnrolmentId>());
    KW_TRY(const auto body, call.body<Reason>());
    KW_CHECK(check_text("/reason", body.reason, 1, 200));
    KW_TRY(const auto done, enrol.reject(id, body.reason, call.actor()));
    return ok(view(done));
  });
}

}  // namespace kw::server
