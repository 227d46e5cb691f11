// links: device
// clamd's settings and command line, and a stored plan of scans, of any octets: what parses is judged, and comes back.
#include <cstdlib>

#include "base/bytes.h"
#include "device/malware/clamd_settings.h"
#include "device/malware/scan_times.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  const auto text = kw::text_of({data, size});
  (void)clamd_settings_path(text);
  if (const auto settings = parse_clamd_settings(text); settings && silent_settings(*settings, size).size() > 64) std::abort();
  if (auto plan = ScanPlan::parse(text)) {
    if (ScanPlan::parse(plan->stored())->stored() != plan->stored()) std::abort();
    kioskward::v1::MalwarePolicy policy;
    policy.add_scan_times("02:30");
    const ScanTimes times(policy);
    for (LocalMinute now = 30'000'000; now < 30'000'100; ++now)
      if (plan->due(times, now)) plan->ran(times, now);
    if (plan->due(times, 30'000'100)) std::abort();
  }
  return 0;
}
