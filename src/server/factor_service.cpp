#include "server/factor_service.h"

#include <algorithm>

namespace kw::server {

Result<std::vector<store::Factor>> FactorService::list(const UserId& user) {
  return changes_.store().read([&](auto& r) { return r.factors().of(user); });
}

Result<store::Factor> FactorService::add(const NewFactor& wanted, const Principal& who, const std::string& trace) {
  if (who.machine()) return fail(Errc::forbidden, "a person has to");
  auto& factors = auth_.factors();
  const auto* factor = factors.find_registered(wanted.factor);
  if (factor == nullptr) return fail(Errc::invalid, "/factor: not taken here");
  auto challenge = factors.take(wanted.attempt, wanted.factor, "add", to_hex(who.token_hash));
  if (!challenge && challenge.code() == Errc::unauthenticated) return fail(Errc::invalid, "challenge");
  KW_CHECK(challenge);
  KW_TRY(const auto user, changes_.store().read([&](auto& r) { return r.users().get(who.user); }));
  const auto now = changes_.clock().now();
  if (who.factor_missing) {
    KW_TRY(const auto settings, settings_.get());
    KW_TRY(const auto all, list(who.user));
    if (std::ranges::any_of(all, [&](const auto& one) { return settings.takes(who.role, store::name(one.kind)); }))
      return fail(Errc::forbidden, "log in with the factor that the role has to use");
  }
  auto made = factor->enrol(user, wanted, *challenge, now);
  if (!made && made.code() == Errc::invalid) {
    KW_CHECK(changes_.run([&](Change& change) {
      return change.record({.type = "admin.factor.refused",
                            .result = "refused",
                            .actor = who.actor(trace),
                            .params = {{"factor", wanted.factor}, {"reason", made.error().detail()}}});
    }));
  }
  KW_TRY(auto out, std::move(made));
  out.id = store::FactorId::make(now, changes_.random());
  out.user = who.user;
  out.name = wanted.name;
  out.created = now;
  return changes_.run([&](Change& change) -> Result<store::Factor> {
    auto& r = change.repositories();
    KW_TRY(const auto all, r.factors().of(who.user));
    if (all.size() >= kMost) return fail(Errc::wrong_state, "too many");
    KW_CHECK(r.factors().insert(out));
    KW_CHECK(change.record({.type = "admin.factor.added",
                            .actor = who.actor(trace),
                            .params = {{"factor", wanted.factor}, {"id", out.id.text()}}}));
    return out;
  });
}

Result<> FactorService::remove(const store::FactorId& id, const Principal& who, const std::string& trace) {
  KW_TRY(const auto settings, settings_.get());
  return changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_TRY(const auto all, r.factors().of(who.user));
    const auto it = std::ranges::find(all, id, &store::Factor::id);
    if (it == all.end()) return fail(Errc::not_found, "factor");
    const bool another = settings.takes(who.role, "totp") || std::ranges::any_of(all, [&](const auto& one) {
                           return one.id != id && settings.takes(who.role, store::name(one.kind));
                         });
    if (!another) return fail(Errc::wrong_state, "the last that the role has to use");
    KW_CHECK(r.factors().remove(id));
    return change.record({.type = "admin.factor.removed",
                          .actor = who.actor(trace),
                          .params = {{"factor", std::string(store::name(it->kind))}, {"id", id.text()}}});
  });
}

}  // namespace kw::server
