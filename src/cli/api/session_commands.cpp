// login, activate and logout: what asks for secrets, and what keeps or ends the session.
#include <ostream>

#include "cli/api/factor_input.h"
#include "cli/api/prompted.h"
#include "cli/api/render.h"
#include "cli/api/secret_body.h"
#include "cli/api/secret_input.h"

namespace kw::cli {
namespace {

constexpr int kMostTries = 3;  // of a code that a person types

/// What login and activation have in common: where to, who, and what becomes of the answer.
class Entrance {
 public:
  static Result<Entrance> open(const Invocation& call) {
    Session session;
    if (call.options.has("server")) session.server = call.options.value("server");
    session.account = call.options.value("account");
    if (session.account.empty() || session.account.find('\n') != std::string::npos)
      return fail(Errc::invalid, "no account");
    KW_CHECK(parse_server_url(session.server));
    KW_TRY(auto file, SessionFile::at(call.options.value("session")));
    KW_CHECK(file.prepare());
    KW_TRY(auto input, SecretInput::open(call.terminal, call.options.value("credentials")));
    return Entrance(call, std::move(session), std::move(file), std::move(input));
  }

  Result<SecretBytes> ask(std::string_view what) { return input_.ask(what); }
  tl::expected<FactorMember, Refusal> show(pki::Token* ukey) {
    return show_factor(call_.terminal, input_, ukey, session_, "login");
  }
  [[nodiscard]] bool interactive() const { return input_.interactive(); }
  [[nodiscard]] const std::string& account() const { return session_.account; }
  tl::expected<Answer, Refusal> send(ApiRequest request) { return exchange(std::move(request), session_); }
  int refuse(const Refusal& refusal) { return complain(call_.terminal.err, refusal, session_.server, true); }
  void show(const Answer& answer, std::string_view columns) { show_answer(call_, answer, columns); }
  /// enter keeps the session that an answer opened; one that cannot be kept is ended again.
  int enter(const Answer& answer, std::string_view columns) {
    if (answer.json.is_object()) session_.csrf = text_member(answer.json.get_object(), "csrf");
    session_.cookie = SecretBytes::copy_of(bytes_of(answer.cookie));
    if (!is_token(answer.cookie) || !is_token(session_.csrf))
      return complain(call_.terminal.err, Error(Errc::malformed, "the server's answer opens no session"));
    if (const auto kept = file_.save(session_); !kept) {
      const auto ended = send(request_of(find_operation("logout")));
      return complain(call_.terminal.err,
                      kept.error().within(ended ? "the session cannot be kept" : "session not kept"));
    }
    show(answer, columns);
    return kDone;
  }

 private:
  Entrance(const Invocation& call, Session session, SessionFile file, SecretInput input)
      : call_(call), session_(std::move(session)), file_(std::move(file)), input_(std::move(input)) {}
  const Invocation& call_;
  Session session_;
  SessionFile file_;
  SecretInput input_;
};

/// new_password asks a person twice.
Result<SecretBytes> new_password(Entrance& entrance) {
  return chosen_password([&](std::string_view what) { return entrance.ask(what); }, entrance.interactive());
}

}  // namespace

int run_login(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto ukey = ukey_of(call.options);
  if (!ukey) return complain(err, ukey.error());
  auto entrance = Entrance::open(call);
  if (!entrance) return complain(err, entrance.error());
  const auto password = entrance->ask("Password");
  if (!password) return complain(err, password.error());
  const auto factor = entrance->show(ukey->get());
  if (!factor) return entrance->refuse(factor.error());
  auto body = object_of({{"account", entrance->account()}, {"password", text_of(password->reveal())}},
                        {factor->name, factor->json});
  const auto answer = entrance->send(request_of(call.operation, std::move(body)));
  if (!answer) return entrance->refuse(answer.error());
  return entrance->enter(*answer, call.operation.columns);
}

int run_activate(const Invocation& call) {
  auto& err = call.terminal.err;
  auto entrance = Entrance::open(call);
  if (!entrance) return complain(err, entrance.error());
  const auto once = entrance->ask("One-time password");
  if (!once) return complain(err, once.error());
  const auto password = new_password(*entrance);
  if (!password) return complain(err, password.error());
  auto body = object_of({{"account", entrance->account()},
                         {"one_time_password", text_of(once->reveal())},
                         {"new_password", text_of(password->reveal())}});
  const auto begun = entrance->send(request_of(call.operation, std::move(body)));
  if (!begun) return entrance->refuse(begun.error());
  const auto activation = begun->json.is_object() ? text_member(begun->json.get_object(), "activation") : std::string();
  if (activation.empty()) return complain(err, Error(Errc::malformed, "the server's answer holds no activation"));
  entrance->show(*begun, call.operation.columns);

  const auto& confirm = find_operation("confirmActivation");
  for (int tries = 1;; ++tries) {
    const bool typed = entrance->interactive();
    const auto code = entrance->ask("Code of the new authenticator entry");
    if (!code) return complain(err, code.error());
    auto last = object_of({{"activation", activation}, {"code", text_of(code->reveal())}});
    const auto answer = entrance->send(request_of(confirm, std::move(last)));
    if (answer) return entrance->enter(*answer, confirm.columns);
    const int failed = entrance->refuse(answer.error());
    const bool mistyped = answer.error().code == "unauthenticated" || answer.error().code == "invalid";
    if (!typed || !mistyped || tries == kMostTries) return failed;
  }
}

int run_logout(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto file = SessionFile::at(call.options.value("session"));
  if (!file) return complain(err, file.error());
  const auto session = file->load();
  if (!session) return complain(err, session.error());
  const auto answer = exchange(request_of(call.operation), *session);
  // A session that the platform ended already is what was wanted.
  if (!answer && answer.error().code != "unauthenticated") return complain(err, answer.error(), session->server);
  if (const auto gone = file->remove(); !gone) return complain(err, gone.error());
  return kDone;
}

}  // namespace kw::cli
