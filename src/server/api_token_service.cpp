#include "server/api_token_service.h"

#include <algorithm>

#include "base/comma_list.h"
#include "crypto/sm3.h"
#include "server/permissions.h"
#include "server/token_hash.h"

namespace kw::server {
namespace {

constexpr Duration kTouchTokenEvery = std::chrono::minutes(1);
constexpr std::size_t kLongestToken = 128;

/// A fingerprint as tools write it, with or without colons, in either case.
std::string plain_fingerprint(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ':') out.push_back(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
  return out;
}

/// common_scope is what lies in both: the regions of each that the other one holds.
Result<store::Scope> common_scope(store::Repositories& r, const store::Scope& a, const store::Scope& b) {
  store::Scope out{{}};
  const auto take = [&](const store::Scope& of, const store::Scope& in) -> Result<> {
    for (const auto& region : of.regions) {
      KW_TRY(const bool held, r.regions().holds(in, region));
      if (held) out.regions.push_back(region);
    }
    return {};
  };
  KW_CHECK(take(a, b));
  KW_CHECK(take(b, a));
  return out;
}

Result<> check_operations(const std::set<std::string>& operations, const Principal& who) {
  if (operations.empty()) return fail(Errc::invalid, "/operations: none");
  for (const auto& operation : operations) {
    const auto* row = find_permission(operation);
    if (row == nullptr || row->anonymous || !who.may(operation) || row->second != Second::never || row->reauth)
      return fail(Errc::invalid, "/operations: one that a token of yours cannot have");
  }
  return {};
}

}  // namespace

Result<ApiTokenMade> ApiTokenService::create(store::ApiToken wanted, std::uint64_t days, const Principal& who,
                                             const std::string& trace) {
  KW_CHECK(check_operations(wanted.operations, who));
  wanted.certificate = plain_fingerprint(wanted.certificate);
  const bool hex = wanted.certificate.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || (!wanted.certificate.empty() && wanted.certificate.size() != 64))
    return fail(Errc::invalid, "/certificate: SHA-256 fingerprint, 64 hex digits");
  if (days < 1 || days > kMostDays) return fail(Errc::invalid, "/days: 1 to 366");
  ApiTokenMade out;
  out.text = "kwt-" + to_base32(changes_.random().bytes(30));
  out.token = std::move(wanted);
  out.token.created = changes_.clock().now();
  out.token.id = store::ApiTokenId::make(out.token.created, changes_.random());
  out.token.secret_hash = token_hash(out.text);
  out.token.expires = out.token.created + std::chrono::hours(24) * static_cast<std::int64_t>(days);
  out.token.person = who.user.text();
  out.token.role = who.role;
  out.token.created_by = who.account;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    if (out.token.scope.regions.empty()) return fail(Errc::invalid, "/regions: none");
    for (const auto& region : out.token.scope.regions) {
      KW_TRY(const bool held, r.regions().holds(who.scope, region));
      if (!held) return fail(Errc::invalid, "/regions: unknown");
    }
    KW_CHECK(r.api_tokens().insert(out.token));
    return change.record({.type = "api.token.created",
                          .actor = who.actor(trace),
                          .params = {{"token", out.token.id.text()},
                                     {"name", out.token.name},
                                     {"operations", comma_list(out.token.operations)},
                                     {"expires", to_rfc3339(out.token.expires)}}});
  }));
  return out;
}

Result<std::vector<store::ApiToken>> ApiTokenService::list() {
  return changes_.store().read([](auto& r) { return r.api_tokens().list(); });
}

Result<store::ApiToken> ApiTokenService::revoke(const store::ApiTokenId& id, const std::string& reason,
                                                const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::ApiToken> {
    auto& r = change.repositories();
    KW_CHECK(r.api_tokens().revoke(id, changes_.clock().now()));
    KW_TRY(auto token, r.api_tokens().get(id));
    KW_CHECK(change.record({.type = "api.token.revoked",
                            .actor = who.actor(trace),
                            .params = {{"token", id.text()}, {"name", token.name}, {"reason", reason}}}));
    return token;
  });
}

Result<Principal> ApiTokenService::authenticate(std::string_view text, std::string_view certificate) {
  const auto refused = [] { return fail(Errc::unauthenticated, "token"); };
  if (text.size() > kLongestToken) return refused();
  const auto hash = token_hash(text);
  const auto found = changes_.store().read([&](auto& r) { return r.api_tokens().by_secret(hash); });
  if (!found && found.code() == Errc::not_found) return refused();
  if (!found) return found.error();
  const auto now = changes_.clock().now();
  if (found->revoked || found->expires <= now) return refused();
  if (!found->certificate.empty() &&
      !crypto::equal_secret(bytes_of(plain_fingerprint(certificate)), bytes_of(found->certificate))) {
    KW_CHECK(changes_.run([&](Change& change) {
      return change.record({.type = "api.token.refused",
                            .result = "refused",
                            .params = {{"token", found->id.text()}, {"name", found->name}, {"reason", "certificate"}}});
    }));
    return refused();
  }
  KW_TRY(const auto maker, UserId::parse(found->person));
  auto out = auth_.act_for(maker);
  if (!out) return refused();
  if (!found->last_used || *found->last_used + kTouchTokenEvery <= now)
    KW_CHECK(changes_.store().write([&](auto& r) { return r.api_tokens().touch(found->id, now); }));
  out->account = "token:" + found->name;
  out->display_name = found->name;
  out->csrf.clear();
  out->expires = found->expires;
  out->token_hash = hash;
  out->operations = found->operations;
  // The maker's scope may have become smaller since: what is shown lies in both.
  KW_TRY(out->scope, changes_.store().read([&](auto& r) { return common_scope(r, out->scope, found->scope); }));
  return out;
}

}  // namespace kw::server
