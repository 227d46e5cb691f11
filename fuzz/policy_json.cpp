// links: policy
// A policy template as text: what parses must write and read back equal, and check() must bear it.
#include <cstdlib>

#include "base/bytes.h"
#include "policy/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = kw::policy::parse_template(kw::text_of({data, size}));
  if (!parsed) return 0;
  const auto again = kw::policy::parse_template(kw::policy::to_json(*parsed));
  if (!again || *again != *parsed) std::abort();
  (void)kw::policy::acceptable(kw::policy::check(*parsed));
  return 0;
}
