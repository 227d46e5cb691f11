// links: device
// Any order of forks, programs, users and ends: what protects the kiosk is never within an action's reach.
#include "device/host/host_watch.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kw::device;
  v1::HostPolicy policy;
  policy.add_browsers("/b");
  HostWatch watch;
  watch.use(HostRules::make(policy, "/agent"));
  const char* programs[] = {"/b", "/bin/sh", "/x", "/agent"};
  for (std::size_t i = 0; i + 2 < size && i < 4096; i += 3) {
    const int pid = 2 + data[i + 1] % 16, other = 2 + data[i + 2] % 16;
    ProcessFacts facts{.pid = pid, .parent = other, .started = data[i + 2], .program = programs[data[i + 2] % 4]};
    facts.uid = facts.euid = facts.suid = data[i] % 2 == 0 ? 0 : 1000;
    const HostNews news[] = {ProcessForked{other, pid}, ProcessChanged{pid, facts, true}, ProcessTraced{pid, other, {}},
                             ProcessEnded{pid}};
    const auto what = data[i] % 5U;
    const auto found = what == 4 ? watch.scanned({facts}, false, {}, {}) : watch.heard(news[what], {});
    for (const auto& one : found)
      for (const auto& reached : watch.reach(one, true, {}))
        if (reached.program == "/agent" || reached.pid <= 1) std::abort();
  }
  return 0;
}
