#include "server/user_service.h"

#include <algorithm>
#include <array>

#include "server/permissions.h"

namespace kw::server {

Result<std::vector<store::User>> UserService::list() {
  return changes_.store().read([](auto& r) { return r.users().list(); });
}

Result<Invitation> UserService::create(const std::string& account, const std::string& display_name,
                                       const std::string& person, const std::string& role, const Principal& who,
                                       const std::string& trace) {
  if (role_bit(role) == kNobody) return fail(Errc::invalid, "/role: unknown");
  if (person == who.person) return fail(Errc::forbidden, "one role a person");
  KW_TRY(auto invitation, auth_.invite(account, display_name, person, role));
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().users().insert(invitation.user));
    return change.record(
        {.type = "admin.created", .actor = who.actor(trace), .params = {{"account", account}, {"role", role}}});
  });
  KW_CHECK(stored);
  return invitation;
}

Result<store::User> UserService::disable(const UserId& id, const std::string& reason, const Principal& who,
                                         const std::string& trace) {
  if (id == who.user) return fail(Errc::forbidden, "own account");
  return changes_.run([&](Change& change) -> Result<store::User> {
    auto& r = change.repositories();
    KW_TRY(auto user, r.users().get(id));
    if (user.state == store::UserState::disabled) return fail(Errc::wrong_state, "disabled already");
    KW_TRY(auto all, r.users().list());
    const bool last =
        user.state == store::UserState::active && std::none_of(all.begin(), all.end(), [&](const auto& other) {
          return other.id != id && other.role == user.role && other.state == store::UserState::active;
        });
    if (last) return fail(Errc::wrong_state, "last active administrator of the role");
    user.state = store::UserState::disabled;
    KW_CHECK(r.users().update(user));
    KW_CHECK(r.sessions().remove_user(id));
    KW_CHECK(change.record({.type = "admin.disabled",
                            .actor = who.actor(trace),
                            .params = {{"account", user.account}, {"reason", reason}}}));
    return user;
  });
}

Result<std::vector<Invitation>> UserService::create_first(
    const std::function<Result<>(const std::vector<Invitation>&)>& announce) {
  KW_TRY(auto users, list());
  const auto now = changes_.clock().now();
  std::vector<Invitation> out;
  const bool unused = std::all_of(users.begin(), users.end(), [&](const auto& user) {
    return user.state == store::UserState::invited && user.one_time_expires && *user.one_time_expires <= now;
  });
  if (!unused) return out;
  constexpr std::array<std::array<std::string_view, 3>, 3> kFirst{{
      {"sysadmin", "系统管理员", kRoleSystem},
      {"secadmin", "安全管理员", kRoleSecurity},
      {"auditadmin", "审计管理员", kRoleAudit},
  }};
  for (const auto& [account, display_name, role] : kFirst) {
    KW_TRY(auto one, auth_.invite(std::string(account), std::string(display_name), "first-" + std::string(role),
                                  std::string(role)));
    out.push_back(std::move(one));
  }
  KW_CHECK(announce(out));
  const auto stored = changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    for (const auto& one : out) {
      auto known = r.users().by_account(one.user.account);
      if (!known && known.code() != Errc::not_found) return known.error();
      if (known) {
        known->password_hash = one.user.password_hash;
        known->one_time_expires = one.user.one_time_expires;
        known->failures = 0;
        known->locked_until.reset();
        KW_CHECK(r.users().update(*known));
      } else {
        KW_CHECK(r.users().insert(one.user));
      }
      KW_CHECK(
          change.record({.type = "admin.created", .params = {{"account", one.user.account}, {"role", one.user.role}}}));
    }
    return {};
  });
  KW_CHECK(stored);
  return out;
}

}  // namespace kw::server
