// links: pki
// The line that a UKey signs, of any text: refused, or exactly what is written again.
#include "pki/ukey_message.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = kw::text_of({data, size});
  const auto message = kw::pki::parse_ukey_message(text);
  if (message && (message->text() != text || message->challenge.size() != 32)) std::abort();
  return 0;
}
