// factors add-ukey: registers a UKey within a session. Passkeys are registered where they are used, in a browser.
#include <ostream>

#include "cli/api/factor_input.h"
#include "cli/api/render.h"
#include "cli/api/secret_body.h"
#include "webauthn/client_data.h"

namespace kw::cli {

int run_add_ukey(const Invocation& call) {
  auto& err = call.terminal.err;
  const auto session = load_session(call.options.value("session"));
  if (!session) return complain(err, session.error());
  auto input = SecretInput::open(call.terminal, call.options.value("credentials"));
  if (!input) return complain(err, input.error());
  const auto token = open_ukey(call.options);
  if (!token) return complain(err, token.error());
  const auto certificate = (*token)->certificate();
  if (!certificate) return complain(err, certificate.error());
  const auto done = signed_challenge(call.terminal, *input, **token, *session, "add");
  if (!done) return complain(err, done.error(), session->server);
  auto body = object_of({{"factor", "ukey"},
                         {"name", call.options.value("name")},
                         {"attempt", done->attempt},
                         {"certificate", webauthn::to_base64url(*certificate)},
                         {"signature", webauthn::to_base64url(done->signature)}});
  const auto answer = exchange(request_of(call.operation, std::move(body)), *session);
  if (!answer) return complain(err, answer.error(), session->server);
  if (call.options.has("json"))
    call.terminal.out << answer->body << std::endl;
  else
    render(call.terminal.out, answer->json, call.operation.columns);
  return kDone;
}

}  // namespace kw::cli
