// links: policy
// A baseline's payload as a kiosk takes it, and a proposal's content as the platform shows it to an administrator.
#include "policy/baseline.h"

#include <cstdlib>

#include "policy/sections/section.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const auto& section : kw::policy::sections()) (void)kw::policy::baseline_json(section.name, {data, size});
  const auto offered = kw::policy::parse_baseline({data, size});
  if (!offered) return 0;
  const auto device = kw::DeviceId::from_bytes(kw::bytes_of(offered->baseline.device_id()));
  const auto decision = kw::policy::accept_baseline({offered->baseline.revision(), offered->digest}, *offered, *device);
  const auto* verdict = std::get_if<kw::policy::BaselineVerdict>(&decision);
  if (verdict != nullptr && *verdict != kw::policy::BaselineVerdict::unchanged) std::abort();
  return 0;
}
