#include "cli/api/prompted.h"

#include <ostream>

#include "cli/api/render.h"

namespace kw::cli {

Result<Prompted> open_prompted(const Invocation& call) {
  KW_TRY(auto session, load_session(call.options.value("session")));
  KW_TRY(auto input, SecretInput::open(call.terminal, call.options.value("credentials")));
  return Prompted{std::move(session), std::move(input)};
}

void show_answer(const Invocation& call, const Answer& answer, std::string_view columns) {
  auto& out = call.terminal.out;
  if (call.options.has("json"))
    out << answer.body << "\n";
  else
    render(out, answer.json, columns);
  out.flush();
}

int send_and_show(const Invocation& call, ApiRequest request, const Session& session) {
  const auto answer = exchange(std::move(request), session);
  if (!answer) return complain(call.terminal.err, answer.error(), session.server);
  show_answer(call, *answer, call.operation.columns);
  return kDone;
}

}  // namespace kw::cli
