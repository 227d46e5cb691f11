#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct SessionView {
  std::string account, display_name, role, csrf, expires;
  std::uint64_t idle_seconds;
};
BOOST_DESCRIBE_STRUCT(SessionView, (), (account, display_name, role, csrf, expires, idle_seconds))
struct SecretView {
  std::string totp_secret, totp_uri, activation;
};
BOOST_DESCRIBE_STRUCT(SecretView, (), (totp_secret, totp_uri, activation))

SessionView view_of(const Principal& who) {
  const auto idle = std::chrono::duration_cast<std::chrono::seconds>(AuthService::kIdle).count();
  return {who.account, who.display_name, who.role, who.csrf, to_rfc3339(who.expires), static_cast<std::uint64_t>(idle)};
}

Answer entered(const LoggedIn& in, bool secure) {
  auto out = ok(view_of(in.principal));
  out.headers.emplace_back(
      "Set-Cookie", "kw_session=" + in.cookie + "; Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : ""));
  return out;
}

Result<> check_code(const std::string& code) {
  const bool digits = code.size() == 6 && code.find_first_not_of("0123456789") == std::string::npos;
  return digits ? Result<>() : fail(Errc::invalid, "/code: six digits");
}

}  // namespace

void add_session_routes(Api& api, const ApiServices& s) {
  api.add("GET", "/session", "getSession", [](const Call& call) -> Result<Answer> { return ok(view_of(call.who)); });
  api.add("POST", "/session", "login", [&auth = s.auth, secure = s.secure_cookie](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<Login>());
    KW_CHECK(check_text("/account", body.account, 1, 64));
    if (body.password.size() > 1024) return fail(Errc::invalid, "/password: at most 256 characters");
    KW_CHECK(check_code(body.code));
    KW_TRY(const auto in, auth.login(body.account, body.password, body.code, call.request.peer, call.request.trace));
    return entered(in, secure);
  });
  api.add("DELETE", "/session", "logout", [&auth = s.auth, &hub = s.hub, &media = s.media](const Call& call) -> Result<Answer> {
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
          [&auth = s.auth, secure = s.secure_cookie](const Call& call) -> Result<Answer> {
            KW_TRY(const auto body, call.body<ActivationConfirm>());
            KW_CHECK(check_text("/activation", body.activation, 1, 128));
            KW_CHECK(check_code(body.code));
            KW_TRY(const auto in,
                   auth.confirm_activation(body.activation, body.code, call.request.peer, call.request.trace));
            return entered(in, secure);
          });
}

}  // namespace kw::server
