#pragma once
// AgentConfig is /etc/kioskward/agent.toml, parsed; unknown keys are errors (Errc::invalid, the key in the detail).
//
//   server = "platform.example:8660"
//   ca = "/etc/kioskward/ca.pem"          # pinned at enrolment; a copy stays in the state directory
//   state_dir = "/var/lib/kioskward-agent"
//   interface = "eth0"
//   watch_only = false                    # true: the kernel's rules are never touched; the platform shows "watching"
//   custodian_phone = "0755-00000000"
//   log = ""                              # a file; empty: standard error
//   user = "kioskward"                    # whom the process becomes that talks to the network; not root
//   [protect]
//   files = "restore"                     # the agent's own: "off", "watch", "restore"
//   units = "/usr/lib/systemd/system"     # where the package puts its units
//   enabled = "/etc/systemd/system"       # where links enable them
//   [tpm]
//   use = "auto"                          # "off", "auto": where there is one, "require"
//   transport = "device:/dev/tpmrm0"      # as tpm2-tss calls it
//   pcrs = [0, 2, 4, 7]                   # measured values that the keys are sealed to; []: the TPM alone
//   [notice]
//   listen = "127.0.0.1:8670"             # loopback only
//   browser = ""                          # Chromium or its like: full-screen while cut, where DISPLAY is set
//   browser_user = ""                     # whom it runs as; empty: as the agent, which Chromium refuses for root. The
//                                         # clipboard's watcher runs as it too; empty: as nobody
//   [app]                                 # local API for the kiosk's business programs; without listen there is none
//   listen = ""                           # "127.0.0.1:8671": loopback only
//   origins = []                          # of web pages that may use it: "https://portal.example"; at most 16
//   token_file = "/run/kioskward-app/token"  # written at each start, for `user` alone
//   user = ""                             # whose programs may read the token; empty: the agent's own
//   idle_seconds = 120                    # without a message a session ends; 10 to 3600
//   catalogue = ""                        # the data catalogue's directory; without it no values of sessions, no vault
//   [shell]
//   profiles = "/run/kioskward-shell"     # homes of the kiosk's program are made below it
//   policies = "/etc/chromium/policies/managed/kioskward.json"
//   [session]                             # what belongs to one session of the kiosk's user
//   directory = "/run/kioskward-session"  # sessions' own directories are mounted below it
//   print_spool = "/var/spool/cups"       # "": there is none
//   [witness]
//   tell = []                             # "HOST:PORT" of witnesses elsewhere (kioskward witness --listen), at most 8:
//                                         # told when this kiosk refuses the platform's ledger; policy must let it out
#include <cstdint>
#include <string>
#include <vector>

#include "agent/app/app_config.h"
#include "agent/guard/shield.h"
#include "agent/identity/seals.h"
#include "base/host_port.h"
#include "platform/linux/linux_purge_port.h"
#include "platform/linux/linux_shell_machine.h"

namespace kw::agent {

struct AgentConfig {
  HostPort server;
  std::string ca = "/etc/kioskward/ca.pem";
  std::string state_dir = "/var/lib/kioskward-agent";
  std::string interface = "eth0";
  bool watch_only = false;
  std::string custodian_phone;
  std::string log;
  HostPort notice{"127.0.0.1", 8670};
  std::string browser, browser_user;
  std::string user = "kioskward";
  Shield::Mode protect = Shield::Mode::restore;
  std::string units = "/usr/lib/systemd/system", enabled = "/etc/systemd/system";
  TpmSettings tpm;
  platform::ShellPlaces shell;
  AppConfig app;
  platform::PurgePlaces session;
  std::vector<std::string> witnesses;  // each parses as HOST:PORT
  std::string path;                    // the file that was read; empty: none
};

Result<AgentConfig> parse_config(std::string_view toml);
/// load_config reads a file of at most 64 KiB.
Result<AgentConfig> load_config(const std::string& path);

}  // namespace kw::agent
