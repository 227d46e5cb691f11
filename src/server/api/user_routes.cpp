#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct UserCreatedView {
  UserView user;
  std::string one_time_password, expires;
};
BOOST_DESCRIBE_STRUCT(UserCreatedView, (), (user, one_time_password, expires))

/// ^[a-z][a-z0-9._-]{2,31}$
Result<> check_account(const std::string& account) {
  const bool good = account.size() >= 3 && account.size() <= 32 && account[0] >= 'a' && account[0] <= 'z' &&
                    account.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
  return good ? Result<>() : fail(Errc::invalid, "/account: 3 to 32 of a-z 0-9 . _ -");
}

Result<store::Scope> scope_of(const std::vector<std::string>& regions) {
  store::Scope out{{}};
  for (const auto& text : regions) {
    const auto id = store::RegionId::parse(text);
    if (!id) return fail(Errc::invalid, "/regions: 32 hex digits each");
    out.regions.push_back(*id);
  }
  return out;
}

Result<std::optional<Timestamp>> ends_of(const std::string& text) {
  if (text.empty()) return std::optional<Timestamp>();
  const auto time = from_rfc3339(text);
  if (!time) return fail(Errc::invalid, "/ends: RFC 3339 in UTC");
  return std::optional(*time);
}

Result<NewUser> new_user_of(const Call& call) {
  KW_TRY(auto body, call.body<UserNew>());
  KW_CHECK(check_account(body.account));
  KW_CHECK(check_text("/display_name", body.display_name, 1, 64));
  KW_CHECK(check_text("/person", body.person, 1, 64));
  KW_CHECK(check_text("/reason", body.reason.value_or(""), 0, 200));
  NewUser out{
      std::move(body.account), std::move(body.display_name), std::move(body.person), std::move(body.role), {}, {}};
  if (body.regions) {
    KW_TRY(out.scope, scope_of(*body.regions));
  }
  KW_TRY(out.ends, ends_of(body.ends.value_or("")));
  return out;
}

Result<UserChange> change_of(const UserChanged& body) {
  KW_CHECK(check_text("/reason", body.reason, 1, 200));
  UserChange out;
  out.role = body.role;
  if (body.regions) {
    KW_TRY(out.scope, scope_of(*body.regions));
  }
  if (body.ends) {
    KW_TRY(out.ends, ends_of(*body.ends));
  }
  return out;
}

}  // namespace

void add_user_routes(Api& api, const ApiServices& s) {
  auto& users = s.users;
  auto& changes = s.changes;
  const auto end_sessions = [&auth = s.auth, &hub = s.hub, &media = s.media] {
    const auto alive = [&](ByteView token_hash) { return auth.alive(token_hash); };
    hub.sweep(alive);
    media.sweep(alive);
  };
  api.add("GET", "/users", "listUsers", [&users, &changes](const Call&) -> Result<Answer> {
    KW_TRY(const auto list, users.list());
    return ok(ItemsView<UserView>{views(list, changes.clock().now())});
  });
  api.add(
      "POST", "/users", "createUser",
      [&users, &changes](const Call& call) -> Result<Answer> {
        KW_TRY(const auto wanted, new_user_of(call));
        KW_TRY(const auto made, users.create(wanted, call.who, call.request.trace));
        return ok(view(made, changes.clock().now()), 201);
      },
      [&users](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto wanted, new_user_of(call));
        KW_TRY(const auto body, call.body<UserNew>());
        KW_TRY(auto regions, users.check(wanted, call.who));
        return std::map<std::string, std::string>{
            {"account", wanted.account},         {"display_name", wanted.display_name},
            {"person", wanted.person},           {"role", wanted.role},
            {"regions", std::move(regions)},     {"ends", body.ends.value_or("")},
            {"reason", body.reason.value_or("")}};
      });
  api.add(
      "POST", "/users/{id}/disable", "disableUser",
      [&users, &changes, end_sessions](const Call& call) -> Result<Answer> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto reason, reason_of(call));
        KW_TRY(const auto user, users.disable(id, reason, call.who, call.request.trace));
        end_sessions();
        return ok(view(user, changes.clock().now()));
      },
      [&users](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto reason, reason_of(call));
        KW_TRY(auto words, users.check_disable(id));
        words["reason"] = reason;
        return words;
      });
  api.add(
      "POST", "/users/{id}/reset", "resetUser",
      [&users, &changes, end_sessions](const Call& call) -> Result<Answer> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto reason, reason_of(call));
        KW_TRY(const auto user, users.reset(id, reason, call.who, call.request.trace));
        end_sessions();
        return ok(view(user, changes.clock().now()));
      },
      [&users](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto reason, reason_of(call));
        KW_TRY(auto words, users.check_reset(id, call.who));
        words["reason"] = reason;
        return words;
      });
  api.add("POST", "/users/{id}/invite", "inviteUser", [&users, &changes](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<UserId>());
    KW_TRY(const auto made, users.invite(id, call.who, call.request.trace));
    return ok(
        UserCreatedView{view(made.user, changes.clock().now()), made.one_time_password, to_rfc3339(made.expires)});
  });
  api.add(
      "POST", "/users/{id}/change", "changeUser",
      [&users, &changes, end_sessions](const Call& call) -> Result<Answer> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto body, call.body<UserChanged>());
        KW_TRY(const auto wanted, change_of(body));
        KW_TRY(const auto user, users.change(id, wanted, body.reason, call.who, call.request.trace));
        end_sessions();
        return ok(view(user, changes.clock().now()));
      },
      [&users](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto id, call.id<UserId>());
        KW_TRY(const auto body, call.body<UserChanged>());
        KW_TRY(const auto wanted, change_of(body));
        KW_TRY(auto words, users.check_change(id, wanted, call.who));
        words["reason"] = body.reason;
        return words;
      });
}

}  // namespace kw::server
