#include "server/api/bodies.h"
#include "server/api/factor_bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SessionView {
  std::string account, display_name, role, csrf, expires;
  std::uint64_t idle_seconds;
  std::vector<std::string> regions;
  bool password_expired;
  std::string factor;
  bool factor_missing;
};
BOOST_DESCRIBE_STRUCT(SessionView, (),
                      (account, display_name, role, csrf, expires, idle_seconds, regions, password_expired, factor,
                       factor_missing))
struct OpenSessionView {
  std::string id, account, role, peer, created, last_used, expires;
  bool own;
};
BOOST_DESCRIBE_STRUCT(OpenSessionView, (), (id, account, role, peer, created, last_used, expires, own))
BOOST_DESCRIBE_STRUCT(ItemsView<OpenSessionView>, (), (items))
struct SecretView {
  std::string totp_secret, totp_uri, activation;
};
BOOST_DESCRIBE_STRUCT(SecretView, (), (totp_secret, totp_uri, activation))

Result<SessionView> view_of(const Principal& who, SettingsService& settings) {
  KW_TRY(const auto now, settings.get());
  SessionView out{
      who.account, who.display_name,     who.role,   who.csrf,          to_rfc3339(who.expires), now.idle_minutes * 60,
      {},          who.password_expired, who.factor, who.factor_missing};
  for (const auto& region : who.scope.regions) out.regions.push_back(region.text());
  return out;
}

Result<Answer> entered(const LoggedIn& in, SettingsService& settings, bool secure) {
  KW_TRY(const auto shown, view_of(in.principal, settings));
  auto out = ok(shown);
  out.headers.emplace_back(
      "Set-Cookie", "kw_session=" + in.cookie + "; Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : ""));
  return out;
}

Result<Answer> listed(AuthService& auth, const Principal& who, const std::optional<UserId>& of) {
  KW_TRY(const auto all, auth.sessions(of));
  ItemsView<OpenSessionView> out;
  for (const auto& one : all) {
    out.items.push_back({one.id, one.account, one.role, one.peer, to_rfc3339(one.created), to_rfc3339(one.last_used),
                         to_rfc3339(one.expires), one.id == session_id(who.token_hash)});
  }
  return ok(out);
}

}  // namespace

void add_session_routes(Api& api, const ApiServices& s) {
  auto& settings = s.settings;
  api.add("GET", "/session", "getSession", [&settings](const Call& call) -> Result<Answer> {
    KW_TRY(const auto shown, view_of(call.who, settings));
    return ok(shown);
  });
  api.add("POST", "/session", "login",
          [&auth = s.auth, &settings, secure = s.secure_cookie](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<Login>());
            KW_CHECK(check_text("/account", body.account, 1, 64));
            if (body.password.size() > 1024) return fail(Errc::invalid, "/password: at most 256 characters");
            KW_TRY(const auto answer, answer_of(body.code, body.answer));
            KW_TRY(const auto in,
                   auth.login(body.account, body.password, answer, call.request.peer, call.request.trace));
            return entered(in, settings, secure);
          });
  api.add("DELETE", "/session", "logout",
          [&auth = s.auth, &hub = s.hub, &media = s.media](const Call& call) -> Result<Answer> {
            KW_CHECK(auth.logout(call.who, call.request.trace));
            hub.close_session(call.who.token_hash);
            media.views().close_session(call.who.token_hash);
            return Answer{.status = 204,
                          .headers = {{"Set-Cookie", "kw_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"}}};
          });
  api.add("POST", "/activation", "beginActivation", [&auth = s.auth](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<ActivationBegin>());
    KW_CHECK(check_text("/account", body.account, 1, 64));
    KW_CHECK(check_text("/one_time_password", body.one_time_password, 1, 64));
    KW_TRY(const auto secret, auth.begin_activation(body.account, body.one_time_password, body.new_password,
                                                    call.request.peer, call.request.trace));
    return ok(SecretView{secret.totp_secret, secret.totp_uri, secret.activation});
  });
  api.add("POST", "/activation/confirm", "confirmActivation",
          [&auth = s.auth, &settings, secure = s.secure_cookie](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<ActivationConfirm>());
            KW_CHECK(check_text("/activation", body.activation, 1, 128));
            KW_CHECK(check_code(body.code));
            KW_TRY(const auto in,
                   auth.confirm_activation(body.activation, body.code, call.request.peer, call.request.trace));
            return entered(in, settings, secure);
          });
  api.add(
      "POST", "/session/confirm", "confirmIdentity", [&auth = s.auth, &settings](const Call& call) -> Result<Answer> {
        KW_TRY(const auto body, call.body<Confirm>());
        if (body.password.size() > 1024) return fail(Errc::invalid, "/password: at most 256 characters");
        KW_TRY(const auto answer, answer_of(body.code, body.answer));
        KW_TRY(const auto who, auth.confirm(call.who, body.password, answer, call.request.peer, call.request.trace));
        KW_TRY(const auto shown, view_of(who, settings));
        return ok(shown);
      });
  api.add("POST", "/session/password", "changePassword",
          [&auth = s.auth, &settings](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<PasswordNew>());
            if (body.password.size() > 1024) return fail(Errc::invalid, "/password: at most 256 characters");
            KW_TRY(const auto answer, answer_of(body.code, body.answer));
            KW_TRY(const auto who, auth.change_password(call.who, body.password, answer, body.new_password,
                                                        call.request.peer, call.request.trace));
            KW_TRY(const auto shown, view_of(who, settings));
            return ok(shown);
          });
  const auto end = [&auth = s.auth, &hub = s.hub, &media = s.media](const Call& call, bool own) -> Result<Answer> {
    const auto of = own ? std::optional(call.who.user) : std::nullopt;
    KW_CHECK(auth.revoke(call.request.params.at("id"), of, call.who, call.request.trace));
    const auto alive = [&](ByteView token_hash) { return auth.alive(token_hash); };
    hub.sweep(alive);
    media.sweep(alive);
    return Answer{.status = 204};
  };
  api.add("GET", "/sessions", "listSessions",
          [&auth = s.auth](const Call& call) { return listed(auth, call.who, {}); });
  api.add("DELETE", "/sessions/{id}", "revokeSession", [end](const Call& call) { return end(call, false); });
  api.add("GET", "/session/all", "listOwnSessions",
          [&auth = s.auth](const Call& call) { return listed(auth, call.who, call.who.user); });
  api.add("DELETE", "/session/all/{id}", "revokeOwnSession", [end](const Call& call) { return end(call, true); });
}

}  // namespace kw::server
