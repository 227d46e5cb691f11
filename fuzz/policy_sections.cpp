// links: policy
// The sections of policy as text: what parses must write and read back equal, and check_sections() must bear it.
#include <cstdlib>

#include "base/bytes.h"
#include "policy/sections/section.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kw::policy::v1::PolicyBundle parsed, again;
  if (!kw::policy::parse_sections(kw::text_of({data, size}), parsed)) return 0;
  const auto text = kw::policy::sections_json(parsed);
  if (!kw::policy::parse_sections(text, again) || kw::policy::sections_json(again) != text) std::abort();
  (void)kw::policy::check_sections(parsed);
  return 0;
}
