// factors add-ukey: registers a UKey within a session. Passkeys are registered where they are used, in a browser.
#include "base/base64url.h"
#include "cli/api/factor_input.h"
#include "cli/api/prompted.h"
#include "cli/api/secret_body.h"

namespace kw::cli {

int run_add_ukey(const Invocation& call) {
  auto& err = call.terminal.err;
  auto prompted = open_prompted(call);
  if (!prompted) return complain(err, prompted.error());
  auto& [session, input] = *prompted;
  const auto token = open_ukey(call.options);
  if (!token) return complain(err, token.error());
  const auto certificate = (*token)->certificate();
  if (!certificate) return complain(err, certificate.error());
  const auto done = signed_challenge(call.terminal, input, **token, session, "add");
  if (!done) return complain(err, done.error(), session.server);
  auto body = object_of({{"factor", "ukey"},
                         {"name", call.options.value("name")},
                         {"attempt", done->attempt},
                         {"certificate", to_base64url(*certificate)},
                         {"signature", to_base64url(done->signature)}});
  return send_and_show(call, request_of(call.operation, std::move(body)), session);
}

}  // namespace kw::cli
