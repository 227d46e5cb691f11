// links: device policy
// What kioskward-shell and the guard say to each other, of any octets; names of keys; what parses is said again.
#include <cstdlib>

#include "device/shell/boundary.h"
#include "policy/sections/hot_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  if (const auto news = parse_shell_news({data, size}); news && !parse_shell_news(encode_shell(*news))) std::abort();
  const auto command = parse_shell_command({data, size});
  if (command && !parse_shell_command(encode_shell(*command))) std::abort();
  const auto key = kw::policy::parse_hot_key(kw::text_of({data, size}));
  if (key && (key->keysyms.empty() || key->keysyms.size() > 2)) std::abort();
  return 0;
}
