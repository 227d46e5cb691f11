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

}  // namespace

void add_user_routes(Api& api, const ApiServices& s) {
  auto& users = s.users;
  auto& changes = s.changes;
  api.add("GET", "/users", "listUsers", [&users, &changes](const Call&) -> Result<Answer> {
    KW_TRY(const auto list, users.list());
    return ok(ItemsView<UserView>{views(list, changes.clock().now())});
  });
  api.add("POST", "/users", "createUser", [&users, &changes](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<UserNew>());
    KW_CHECK(check_account(body.account));
    KW_CHECK(check_text("/display_name", body.display_name, 1, 64));
    KW_CHECK(check_text("/person", body.person, 1, 64));
    KW_TRY(const auto made,
           users.create(body.account, body.display_name, body.person, body.role, call.who, call.request.trace));
    return ok(UserCreatedView{view(made.user, changes.clock().now()), made.one_time_password, to_rfc3339(made.expires)},
              201);
  });
  api.add("POST", "/users/{id}/disable", "disableUser",
          [&users, &changes, &auth = s.auth, &hub = s.hub](const Call& call) -> Result<Answer> {
            KW_TRY(const auto id, call.id<UserId>());
            KW_TRY(const auto body, call.body<Reason>());
            KW_CHECK(check_text("/reason", body.reason, 1, 200));
            KW_TRY(const auto user, users.disable(id, body.reason, call.who, call.request.trace));
            hub.sweep([&](ByteView token_hash) { return auth.alive(token_hash); });
            return ok(view(user, changes.clock().now()));
          });
}

}  // namespace kw::server
