#pragma once
// run_guard and guard_boot compose the guard out of the machine's adapters; agent_status and uninstall ask it.
// The other process is agent/link/run_link.h.
#include <ostream>

#include "agent/config.h"
#include "base/log.h"

namespace kw::agent {

enum class RunEnd { stopped, uninstalled };
/// run_guard serves until SIGTERM or SIGINT, or until an order ends it. Order at the start: lock, key (a copied state
/// directory ends here), the user of the link process, the stored cut, the stored policy, then everything else. Errors
/// are those of the parts; nothing is started then.
Result<RunEnd> run_guard(const AgentConfig& config, Log& log);

/// guard_boot puts the stored cut and policy into the kernel, before the network comes up. Nothing to do is success.
Result<> guard_boot(const AgentConfig& config, Log& log);

/// agent_status asks the running agent, or reads the state directory where none runs: one line of JSON.
Result<std::string> agent_status(const AgentConfig& config);

/// uninstall brings an order (octets, or their hex text) to the running guard. Errc::forbidden: refused, and reported
/// to the platform; not_found: no guard runs.
Result<> uninstall(const AgentConfig& config, ByteView order);

/// drill has the running guard carry canaries through a session and search for them, and waits for what comes of it:
/// the table, and the entry's event ID. Errc::not_found: no guard runs; wrong_state: a session or another drill is under
/// way, or section system is off; unavailable: it came to no result.
struct DrillOutcome {
  bool clean = false;
  std::string text;
};
Result<DrillOutcome> drill(const AgentConfig& config);

}  // namespace kw::agent
