#include "platform/linux/process_scan.h"

#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"

namespace kw::platform {
namespace {

bool same_program(const device::ProcessFacts& a, const device::ProcessFacts& b) {
  return a.started == b.started && a.program == b.program && a.name == b.name && a.session == b.session &&
         a.uid == b.uid && a.euid == b.euid && a.suid == b.suid;
}

}  // namespace

Result<std::vector<device::ProcessFacts>> ProcessScan::all() {
  std::vector<device::ProcessFacts> out;
  std::map<int, Kept> kept;
  for (const int pid : all_processes()) {
    auto glance = glance_at_process(pid);
    if (!glance) continue;
    auto& [facts, stack] = *glance;
    if (!facts.of_kernel && !facts.program.empty()) {
      const auto known = kept_.find(pid);
      if (stack != 0 && known != kept_.end() && known->second.stack == stack &&
          same_program(known->second.facts, facts)) {
        facts.login_user = std::move(known->second.facts.login_user);
        facts.login_session = std::move(known->second.facts.login_session);
        facts.command = std::move(known->second.facts.command);
      } else {
        complete(facts);
      }
      if (stack != 0) kept.emplace(pid, Kept{facts, stack});
    }
    out.push_back(std::move(facts));
  }
  if (out.empty()) return fail(Errc::io, "/proc shows no process");
  kept_ = std::move(kept);
  return out;
}

}  // namespace kw::platform
