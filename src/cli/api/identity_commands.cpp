// confirm and password: what a person shows once more within a session.
#include "cli/api/factor_input.h"
#include "cli/api/prompted.h"
#include "cli/api/secret_body.h"

namespace kw::cli {
namespace {

/// show_again asks for password and second factor, and for a new password where `renew`, and sends them.
int show_again(const Invocation& call, bool renew) {
  auto& err = call.terminal.err;
  auto prompted = open_prompted(call);
  if (!prompted) return complain(err, prompted.error());
  auto& [session, input] = *prompted;
  const auto ukey = ukey_of(call.options);
  if (!ukey) return complain(err, ukey.error());
  const auto ask = [&from = input](std::string_view what) { return from.ask(what); };
  const auto password = ask("Password");
  if (!password) return complain(err, password.error());
  const auto next = renew ? chosen_password(ask, input.interactive()) : Result<SecretBytes>(SecretBytes());
  if (!next) return complain(err, next.error());
  const auto factor = show_factor(call.terminal, input, ukey->get(), session, "confirm");
  if (!factor) return complain(err, factor.error(), session.server);
  const auto old_text = text_of(password->reveal());
  const std::pair<std::string_view, std::string_view> shown{factor->name, factor->json};
  auto body = renew ? object_of({{"password", old_text}, {"new_password", text_of(next->reveal())}}, shown)
                    : object_of({{"password", old_text}}, shown);
  return send_and_show(call, request_of(call.operation, std::move(body)), session);
}

}  // namespace

int run_confirm(const Invocation& call) { return show_again(call, false); }
int run_password(const Invocation& call) { return show_again(call, true); }

}  // namespace kw::cli
