// links: privacy
#include "base/bytes.h"
#include "base/text.h"
#include "privacy/mask.h"

/// Hiding twice changes nothing, and neither makes text of what was none.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = kw::clean_text(kw::text_of({data, size}), 4096);
  const auto hidden = kw::privacy::hide_identifiers(text);
  if (kw::privacy::hide_identifiers(hidden) != hidden) __builtin_trap();
  if (kw::clean_text(hidden, 65536) != hidden) __builtin_trap();
  static_cast<void>(kw::privacy::masked(text));
  return 0;
}
