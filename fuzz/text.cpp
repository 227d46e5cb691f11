// links: base
// Whatever octets come, the text is well-formed, within its bound, and unchanged when cleaned again.
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::size_t most = data[0];
  const std::string text = kw::clean_text({reinterpret_cast<const char*>(data) + 1, size - 1}, most);
  if (text.size() > most || kw::clean_text(text, most) != text) __builtin_trap();
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(kw::utf8_length(rest)))
    if (kw::utf8_length(rest) == 0) __builtin_trap();
  return 0;
}
