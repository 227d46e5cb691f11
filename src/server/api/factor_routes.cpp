// Second factors: challenges to answer, and a person's own passkeys and UKeys.
#include "crypto/x509.h"
#include "server/api/factor_bodies.h"
#include "server/api/routes.h"
#include "server/permissions.h"
#include "server/views.h"
#include "webauthn/client_data.h"

namespace kw::server {
namespace {

struct ChallengeView {
  std::string factor, attempt, expires, challenge;
  std::optional<std::string> message, rp_id, user_id;
  std::optional<std::vector<std::int64_t>> algorithms;
  std::optional<std::vector<std::string>> credentials;
  std::optional<std::string> user_verification;
};
BOOST_DESCRIBE_STRUCT(ChallengeView, (),
                      (factor, attempt, expires, challenge, message, rp_id, user_id, algorithms, credentials,
                       user_verification))
struct FactorView {
  std::string id, factor, name, created, last_used, subject, not_after;
};
BOOST_DESCRIBE_STRUCT(FactorView, (), (id, factor, name, created, last_used, subject, not_after))
struct FactorListView {
  std::vector<FactorView> items;
  std::vector<std::string> offered, required;
  bool missing;
};
BOOST_DESCRIBE_STRUCT(FactorListView, (), (items, offered, required, missing))

FactorView view(const store::Factor& from) {
  FactorView out{from.id.text(),
                 std::string(store::name(from.kind)),
                 from.name,
                 to_rfc3339(from.created),
                 time_text(from.last_used),
                 "",
                 ""};
  if (from.kind != store::FactorKind::ukey) return out;
  if (const auto certificate = crypto::Certificate::parse(from.key)) {
    out.subject = certificate->subject().text();
    out.not_after = to_rfc3339(certificate->not_after());
  }
  return out;
}

/// view_of says what the browser or the CLI needs to answer; of a person only where there is a session.
ChallengeView view_of(const GivenChallenge& given, const std::string& factor, std::string_view purpose,
                      const std::string& account, const SecondFactors& factors) {
  ChallengeView out;
  out.factor = factor;
  out.attempt = given.attempt;
  out.expires = to_rfc3339(given.expires);
  out.challenge = to_base64url(given.challenge);
  if (const auto* ukeys = factors.ukeys(); ukeys != nullptr && factor == ukeys->name())
    out.message = ukeys->message(purpose, account, given.challenge);
  if (const auto* passkeys = factors.passkeys(); passkeys != nullptr && factor == passkeys->name()) {
    out.rp_id = passkeys->party().id;
    out.user_verification = passkeys->party().verify_user ? "required" : "preferred";
    out.algorithms = std::vector<std::int64_t>(webauthn::kAlgorithms.begin(), webauthn::kAlgorithms.end());
    out.credentials.emplace();
  }
  return out;
}

std::vector<std::string> required_of(const Settings& settings, const std::string& role) {
  std::vector<std::string> out;
  for (const auto& entry : settings.required_factors.value_or(std::vector<std::string>()))
    if (entry.starts_with(role + ":")) out.push_back(entry.substr(role.size() + 1));
  return out;
}

}  // namespace

void add_factor_routes(Api& api, const ApiServices& s) {
  auto& auth = s.auth;
  auto& factors = s.factors;
  api.add("POST", "/session/challenge", "challengeLogin", [&auth](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<ChallengeNew>());
    KW_CHECK(check_text("/account", body.account, 1, 64));
    KW_TRY(const auto given, auth.challenge_login(body.account, body.factor));
    return ok(view_of(given, body.factor, "login", body.account, auth.factors()));
  });
  api.add("POST", "/session/factors/challenge", "challengeFactor",
          [&auth, &factors](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<ChallengeInNew>());
            if (body.purpose != "add" && body.purpose != "confirm")
              return fail(Errc::invalid, "/purpose: add or confirm");
            KW_TRY(const auto given, auth.challenge_in(call.who, body.factor, body.purpose));
            auto out = view_of(given, body.factor, body.purpose, call.who.account, auth.factors());
            if (!out.credentials) return ok(out);
            out.user_id = to_base64url(call.who.user.bytes());
            KW_TRY(const auto own, factors.list(call.who.user));
            for (const auto& one : own)
              if (one.kind == store::FactorKind::passkey)
                out.credentials->push_back(to_base64url(one.handle));
            return ok(out);
          });
  api.add("GET", "/session/factors", "listOwnFactors",
          [&auth, &factors, &settings = s.settings](const Call& call) -> Result<Answer> {
            KW_TRY(const auto own, factors.list(call.who.user));
            KW_TRY(const auto now, settings.get());
            FactorListView out{{}, auth.factors().names(), required_of(now, call.who.role), call.who.factor_missing};
            for (const auto& one : own) out.items.push_back(view(one));
            return ok(out);
          });
  api.add("POST", "/session/factors", "addFactor", [&factors](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<FactorNew>());
    KW_TRY(const auto wanted, new_factor_of(body));
    KW_TRY(const auto made, factors.add(wanted, call.who, call.request.trace));
    return ok(view(made), 201);
  });
  api.add("DELETE", "/session/factors/{id}", "removeFactor", [&factors](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::FactorId>());
    KW_CHECK(factors.remove(id, call.who, call.request.trace));
    return Answer{.status = 204};
  });
}

}  // namespace kw::server
