// links: privacy
#include "privacy/sealed_value.h"

/// What parses has one text form; nothing opens under a key that did not seal it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = kw::text_of({data, size});
  const auto parsed = kw::privacy::parse_sealed(text);
  if (!parsed) return 0;
  if (parsed->text() != text) __builtin_trap();
  const kw::SecretBytes key(16);
  const auto opened = kw::privacy::open_value(*parsed, {"fuzz", "fuzz.type", "param", {}, {}}, key);
  if (opened && opened->size() > size) __builtin_trap();
  return 0;
}
