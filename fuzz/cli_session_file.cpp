// links: cli
#include "cli/api/session_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto session = cli::parse_session(text);
  if (!session) return 0;
  // What is read is what was written, speaks to this machine only, and puts nothing but tokens into headers.
  if (text_of(cli::write_session(*session).reveal()) != text) __builtin_trap();
  if (!cli::parse_server_url(session->server)) __builtin_trap();
  if (!cli::is_token(text_of(session->cookie.reveal())) || !cli::is_token(session->csrf)) __builtin_trap();
  return 0;
}
