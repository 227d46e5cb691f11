// Settings of administration, and the tokens of machines.
#include <algorithm>

#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SettingsView {
  std::uint64_t revision;
  std::vector<std::string> two_persons, may_list, always;
  std::uint64_t idle_minutes, confirm_minutes, password_length, password_days, password_history;
  std::vector<std::string> required_factors, offered_factors;
};
BOOST_DESCRIBE_STRUCT(SettingsView, (),
                      (revision, two_persons, may_list, always, idle_minutes, confirm_minutes, password_length,
                       password_days, password_history, required_factors, offered_factors))
struct ApiTokenView {
  std::string id, name;
  std::vector<std::string> operations, regions;
  std::string certificate, role, created_by, created, expires, last_used, state;
};
BOOST_DESCRIBE_STRUCT(ApiTokenView, (),
                      (id, name, operations, regions, certificate, role, created_by, created, expires, last_used,
                       state))
BOOST_DESCRIBE_STRUCT(ItemsView<ApiTokenView>, (), (items))
struct ApiTokenCreatedView {
  ApiTokenView token;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(ApiTokenCreatedView, (), (token, text))

SettingsView view(const Settings& from, const std::vector<std::string>& offered) {
  SettingsView out{from.revision,
                   from.two_persons,
                   {},
                   {},
                   from.idle_minutes,
                   from.confirm_minutes,
                   from.password_length,
                   from.password_days,
                   from.password_history,
                   from.required_factors.value_or(std::vector<std::string>()),
                   offered};
  for (const auto& row : permissions()) {
    if (row.second == Second::listed) out.may_list.emplace_back(row.operation);
    if (row.second == Second::always) out.always.emplace_back(row.operation);
  }
  return out;
}

ApiTokenView view(const store::ApiToken& from, Timestamp now) {
  ApiTokenView out;
  out.id = from.id.text();
  out.name = from.name;
  out.operations.assign(from.operations.begin(), from.operations.end());
  for (const auto& region : from.scope.regions) out.regions.push_back(region.text());
  out.certificate = from.certificate;
  out.role = from.role;
  out.created_by = from.created_by;
  out.created = to_rfc3339(from.created);
  out.expires = to_rfc3339(from.expires);
  out.last_used = time_text(from.last_used);
  out.state = from.revoked ? "revoked" : from.expires <= now ? "expired" : "valid";
  return out;
}

struct Wanted {
  Settings settings;
  std::string reason;
};
Result<Wanted> settings_of(const Call& call, SettingsService& service) {
  KW_TRY(auto body, call.body<SettingsNew>());
  KW_CHECK(check_text("/reason", body.reason, 1, 200));
  if (!body.required_factors) {  // from before they were there: as they are
    KW_TRY(auto now, service.get());
    body.required_factors = std::move(now.required_factors);
  }
  KW_TRY(auto settings, check_settings({body.base_revision, std::move(body.two_persons), body.idle_minutes,
                                        body.confirm_minutes, body.password_length, body.password_days,
                                        body.password_history, std::move(body.required_factors)}));
  KW_CHECK(service.check_offered(settings));
  return Wanted{std::move(settings), std::move(body.reason)};
}

Result<store::ApiToken> token_of(const ApiTokenNew& body, const Principal& who) {
  KW_CHECK(check_text("/name", body.name, 1, 64));
  KW_CHECK(check_text("/certificate", body.certificate.value_or(""), 0, 95));
  store::ApiToken out;
  out.name = body.name;
  out.operations.insert(body.operations.begin(), body.operations.end());
  out.certificate = body.certificate.value_or("");
  out.scope = who.scope;
  if (!body.regions) return out;
  out.scope.regions.clear();
  for (const auto& text : *body.regions) {
    const auto id = store::RegionId::parse(text);
    if (!id) return fail(Errc::invalid, "/regions: 32 hex digits each");
    out.scope.regions.push_back(*id);
  }
  return out;
}

}  // namespace

void add_settings_routes(Api& api, const ApiServices& s) {
  auto& settings = s.settings;
  auto& tokens = s.tokens;
  auto& changes = s.changes;
  api.add("GET", "/settings", "getSettings", [&settings](const Call&) -> Result<Answer> {
    KW_TRY(const auto now, settings.get());
    return ok(view(now, settings.offered()));
  });
  api.add(
      "POST", "/settings", "changeSettings",
      [&settings](const Call& call) -> Result<Answer> {
        KW_TRY(const auto wanted, settings_of(call, settings));
        KW_TRY(const auto done, settings.change(wanted.settings, wanted.reason, call.actor()));
        return ok(view(done, settings.offered()));
      },
      [&settings](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto wanted, settings_of(call, settings));
        KW_TRY(const auto now, settings.get());
        if (now.revision != wanted.settings.revision) return fail(Errc::conflict, "changed meanwhile");
        std::map<std::string, std::string> words{{"reason", wanted.reason}};
        for (const auto& one : changes_of(now, wanted.settings)) words[one.setting] = one.before + " → " + one.after;
        if (words.size() == 1) return fail(Errc::invalid, "nothing changes");
        return words;
      });
  api.add("GET", "/api-tokens", "listApiTokens", [&tokens, &changes](const Call&) -> Result<Answer> {
    KW_TRY(const auto list, tokens.list());
    ItemsView<ApiTokenView> out;
    for (const auto& one : list) out.items.push_back(view(one, changes.clock().now()));
    return ok(out);
  });
  api.add("POST", "/api-tokens", "createApiToken", [&tokens, &changes](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<ApiTokenNew>());
    KW_TRY(auto wanted, token_of(body, call.who));
    KW_TRY(const auto made, tokens.create(std::move(wanted), body.days, call.who, call.request.trace));
    return ok(ApiTokenCreatedView{view(made.token, changes.clock().now()), made.text}, 201);
  });
  api.add("POST", "/api-tokens/{id}/revoke", "revokeApiToken", [&tokens, &changes](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::ApiTokenId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto token, tokens.revoke(id, reason, call.who, call.request.trace));
    return ok(view(token, changes.clock().now()));
  });
}

}  // namespace kw::server
