#pragma once
// Prompted is what a command that asks for secrets begins with: the session, and where the secrets come from.
#include "cli/api/exchange.h"
#include "cli/api/operation.h"
#include "cli/api/secret_input.h"
#include "cli/api/session_file.h"

namespace kw::cli {

struct Prompted {
  Session session;
  SecretInput input;
};
/// open_prompted reads the options --session and --credentials.
Result<Prompted> open_prompted(const Invocation& call);

/// show_answer prints an answer as the command's options want it: JSON as it came, or these columns.
void show_answer(const Invocation& call, const Answer& answer, std::string_view columns);
/// send_and_show sends a request and prints the answer, or complains; the command's exit code.
int send_and_show(const Invocation& call, ApiRequest request, const Session& session);

}  // namespace kw::cli
