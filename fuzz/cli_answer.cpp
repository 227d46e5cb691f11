// links: cli
#include <sstream>

#include "cli/api/audit_proof.h"
#include "cli/api/exchange.h"
#include "cli/api/live_line.h"
#include "cli/api/render.h"
#include "cli/api/text.h"

static void harmless(std::string_view shown, bool lines) {
  for (const char c : shown)
    if (((c >= 0 && c < 0x20) || c == 0x7f) && !(lines && c == '\n')) __builtin_trap();
}

// Whatever a server or a kiosk sends, nothing of it steers the terminal.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::cli;
  const std::string text(reinterpret_cast<const char*>(data), size);
  harmless(printable(text), false);
  if (const auto line = live_line(text)) harmless(*line, false);
  std::ostringstream out;
  if (const auto refused = understand(kw::net::json_response(422, text)); !refused) complain(out, refused.error(), "x");
  if (const auto answer = understand(kw::net::json_response(200, text))) {
    for (const auto* columns : {"", "id name state index"}) render(out, answer->json, columns);
    if (const auto proof = parse_proof(answer->json); proof && check_inclusion(*proof, proof->index)) out << "holds";
  }
  harmless(out.str(), true);
  return 0;
}
