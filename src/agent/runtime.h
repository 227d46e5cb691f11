#pragma once
// run_agent and guard_boot compose the agent out of the machine's adapters.
#include <ostream>

#include "agent/config.h"
#include "base/log.h"

namespace kw::agent {

/// run_agent serves until SIGTERM or SIGINT. Order at the start: key (a copied state directory ends here), the stored
/// cut, the stored policy, then everything else. Errors are those of the parts; nothing is started then.
Result<> run_agent(const AgentConfig& config, Log& log);

/// guard_boot puts the stored cut and policy into the kernel, before the network comes up. Nothing to do is success.
Result<> guard_boot(const AgentConfig& config, Log& log);

/// agent_status asks the running agent, or reads the state directory where none runs: one line of JSON.
Result<std::string> agent_status(const AgentConfig& config);

}  // namespace kw::agent
