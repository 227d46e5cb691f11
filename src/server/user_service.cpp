#include "server/user_service.h"

#include <algorithm>

#include "server/permissions.h"
#include "server/subject_keys.h"

namespace kw::server {
namespace {

Result<> check_role(const std::string& role, const std::optional<Timestamp>& ends) {
  const auto* row = find_role(role);
  if (row == nullptr) return fail(Errc::invalid, "/role: unknown");
  if (row->ends && !ends) return fail(Errc::invalid, "/ends: this role needs a last day");
  return {};
}

Result<> check_regions(store::Repositories& r, const store::Scope& scope) {
  if (scope.regions.empty() || scope.regions.size() > 16) return fail(Errc::invalid, "/regions: 1 to 16");
  for (const auto& region : scope.regions) {
    const auto known = r.regions().get(region);
    if (!known && known.code() == Errc::not_found) return fail(Errc::invalid, "/regions: unknown");
    if (!known) return known.error();
  }
  return {};
}

Result<std::string> names_of(store::Repositories& r, const store::Scope& scope) {
  std::string out;
  for (const auto& id : scope.regions) {
    KW_TRY(const auto region, r.regions().get(id));
    out += (out.empty() ? "" : ", ") + region.name;
  }
  return out;
}

/// Of the administrators' roles each keeps an active account; the others may be empty.
Result<bool> last_of_role(store::Repositories& r, const store::User& user) {
  const auto* role = find_role(user.role);
  if (user.state != store::UserState::active || role == nullptr || !role->administrator) return false;
  KW_TRY(const auto all, r.users().list());
  return std::none_of(all.begin(), all.end(), [&](const auto& other) {
    return other.id != user.id && other.role == user.role && other.state == store::UserState::active;
  });
}

}  // namespace

Result<std::vector<store::User>> UserService::list() {
  return changes_.store().read([](auto& r) { return r.users().list(); });
}

Result<std::string> UserService::check(const NewUser& wanted, const Principal& who) {
  if (wanted.person == who.person) return fail(Errc::forbidden, "one role a person");
  KW_CHECK(check_role(wanted.role, wanted.ends));
  if (wanted.ends && *wanted.ends <= changes_.clock().now()) return fail(Errc::invalid, "/ends: over already");
  return changes_.store().read([&](store::Repositories& r) -> Result<std::string> {
    KW_CHECK(check_regions(r, wanted.scope));
    KW_TRY(const auto all, r.users().list());
    for (const auto& other : all) {
      const bool same_person = other.person == wanted.person && other.state != store::UserState::disabled;
      if (other.account == wanted.account || same_person) return fail(Errc::already_exists, "account or person");
    }
    return names_of(r, wanted.scope);
  });
}

Result<store::User> UserService::create(const NewUser& wanted, const Principal& who, const std::string& trace) {
  KW_CHECK(check(wanted, who));
  store::User user;
  user.created = changes_.clock().now();
  user.id = UserId::make(user.created, changes_.random());
  user.account = wanted.account;
  user.display_name = wanted.display_name;
  user.person = wanted.person;
  user.role = wanted.role;
  user.scope = wanted.scope;
  user.ends = wanted.ends;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().users().insert(user));
    return change.record({.type = "admin.created",
                          .actor = who.actor(trace),
                          .params = {{"account", user.account},
                                     {"role", user.role},
                                     {"display_name", user.display_name},
                                     {"person", user.person}},
                          .about = administrator_of(user)});
  }));
  return user;
}

Result<Invitation> UserService::invite(const UserId& id, const Principal& who, const std::string& trace) {
  KW_TRY(auto user, changes_.store().read([&](auto& r) { return r.users().get(id); }));
  KW_TRY(auto invitation, auth_.invite_again(std::move(user)));
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_TRY(const auto fresh, r.users().get(id));
    if (fresh.state != store::UserState::invited) return fail(Errc::wrong_state, std::string(name(fresh.state)));
    KW_CHECK(r.users().update(invitation.user));
    return change.record({.type = "admin.invited",
                          .actor = who.actor(trace),
                          .params = {{"account", fresh.account}, {"expires", to_rfc3339(invitation.expires)}}});
  }));
  return invitation;
}

Result<UserService::Planned> UserService::plan(store::Repositories& r, const UserId& id, const UserChange& wanted,
                                               const Principal& who) {
  if (id == who.user) return fail(Errc::forbidden, "own account");
  KW_TRY(auto user, r.users().get(id));
  if (user.state == store::UserState::disabled) return fail(Errc::wrong_state, "disabled");
  Planned out{user, {}};
  const auto note = [&](std::string what, std::string before, std::string after) {
    if (before != after) out.changes.push_back({std::move(what), std::move(before), std::move(after)});
  };
  if (wanted.role) {
    out.user.role = *wanted.role;
    note("role", user.role, *wanted.role);
    KW_TRY(const bool last, last_of_role(r, user));
    if (last && user.role != *wanted.role) return fail(Errc::wrong_state, "last active administrator of the role");
  }
  if (wanted.scope) {
    KW_CHECK(check_regions(r, *wanted.scope));
    out.user.scope = *wanted.scope;
    KW_TRY(auto before, names_of(r, user.scope));
    KW_TRY(auto after, names_of(r, *wanted.scope));
    note("regions", std::move(before), std::move(after));
  }
  if (wanted.ends) {
    out.user.ends = *wanted.ends;
    const auto text = [](const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time) : std::string(); };
    note("ends", text(user.ends), text(*wanted.ends));
  }
  if (out.changes.empty()) return fail(Errc::invalid, "nothing changes");
  KW_CHECK(check_role(out.user.role, out.user.ends));
  return out;
}

Result<std::map<std::string, std::string>> UserService::check_change(const UserId& id, const UserChange& wanted,
                                                                     const Principal& who) {
  KW_TRY(const auto planned, changes_.store().read([&](auto& r) { return plan(r, id, wanted, who); }));
  std::map<std::string, std::string> out{{"account", planned.user.account}, {"person", planned.user.person}};
  for (const auto& one : planned.changes) out[one.setting] = one.before + " → " + one.after;
  return out;
}

Result<store::User> UserService::change(const UserId& id, const UserChange& wanted, const std::string& reason,
                                        const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::User> {
    auto& r = change.repositories();
    KW_TRY(const auto planned, plan(r, id, wanted, who));
    KW_CHECK(r.users().update(planned.user));
    KW_CHECK(r.users().set_scope(id, planned.user.scope));
    KW_CHECK(r.sessions().remove_user(id));
    for (const auto& one : planned.changes) {
      KW_CHECK(change.record({.type = "admin.changed",
                              .actor = who.actor(trace),
                              .params = {{"account", planned.user.account},
                                         {"setting", one.setting},
                                         {"before", one.before},
                                         {"after", one.after},
                                         {"reason", reason}}}));
    }
    return planned.user;
  });
}

Result<store::User> UserService::disable(const UserId& id, const std::string& reason, const Principal& who,
                                         const std::string& trace) {
  if (id == who.user) return fail(Errc::forbidden, "own account");
  return changes_.run([&](Change& change) -> Result<store::User> {
    auto& r = change.repositories();
    KW_TRY(auto user, r.users().get(id));
    if (user.state == store::UserState::disabled) return fail(Errc::wrong_state, "disabled already");
    KW_TRY(const bool last, last_of_role(r, user));
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

namespace {

Result<store::User> user_to_reset(store::Repositories& r, const UserId& id, const Principal& who) {
  if (id == who.user) return fail(Errc::forbidden, "own account");
  KW_TRY(auto user, r.users().get(id));
  if (user.state == store::UserState::disabled) return fail(Errc::wrong_state, "disabled");
  return user;
}

}  // namespace

Result<std::map<std::string, std::string>> UserService::check_disable(const UserId& id) {
  KW_TRY(const auto user, changes_.store().read([&](auto& r) { return r.users().get(id); }));
  return std::map<std::string, std::string>{{"account", user.account}, {"person", user.person}};
}

Result<std::map<std::string, std::string>> UserService::check_reset(const UserId& id, const Principal& who) {
  KW_TRY(const auto user, changes_.store().read([&](auto& r) { return user_to_reset(r, id, who); }));
  return std::map<std::string, std::string>{{"account", user.account}, {"person", user.person}};
}

Result<store::User> UserService::reset(const UserId& id, const std::string& reason, const Principal& who,
                                       const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::User> {
    auto& r = change.repositories();
    KW_TRY(auto user, user_to_reset(r, id, who));
    user.state = store::UserState::invited;
    user.password_hash.clear();
    user.totp_sealed.clear();
    user.failures = 0;
    user.locked_until.reset();
    user.one_time_expires.reset();
    KW_CHECK(r.users().update(user));
    KW_CHECK(r.factors().remove_user(id));
    KW_CHECK(r.sessions().remove_user(id));
    KW_CHECK(change.record(
        {.type = "admin.reset", .actor = who.actor(trace), .params = {{"account", user.account}, {"reason", reason}}}));
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
  for (const auto& role : roles()) {
    if (role.first_account.empty()) continue;
    const std::string name(role.name);
    KW_TRY(auto one,
           auth_.invite(std::string(role.first_account), std::string(role.first_display_name), "first-" + name, name));
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
