#pragma once
// judge_system compares how a kiosk's operating system is set up with what policy asks (clause 6.4). PURE.
//
//   seen = port.look();  for (finding : judge_system(wanted, seen)) tell;  for (change : plan_settings(...)) port.set
//
// Kernel settings are the ones that can be set and put back; everything else is told.
#include <functional>
#include <optional>
#include <set>

#include "device/system/packages.h"
#include "device/system/texts.h"
#include "kioskward/v1/system.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

struct SystemSeen {
  std::map<std::string, std::string> os_release;
  std::vector<ListenerSeen> listeners;
  std::map<std::string, std::string> settings;  // "kernel/sysrq" -> value; those that the kernel has
  std::vector<std::string> serial_consoles;     // on the kernel's command line
  std::vector<std::string> services;  // units and processes that run: "ssh.service", "serial-getty@ttyS0.service"
  bool kexec_loaded = false;          // a crash kernel, or another one, waits
  bool adbd = false;
  std::string lockdown;  // "none", "integrity", "confidentiality"; empty: the kernel does not say
  std::optional<bool> clock_synchronised;
  std::string time_source;             // "chrony.service"; empty: none runs
  std::optional<bool> disk_encrypted;  // of the root file system
  std::string swap;                    // "none", "memory", "encrypted", "plain"; empty: not known
  std::vector<std::string> missing;    // sources that this machine does not have
  friend bool operator==(const SystemSeen&, const SystemSeen&) = default;
};

/// SystemFinding is one thing that is not as policy asks; item and subject are the same for as long as it stands.
struct SystemFinding {
  std::string
      item;  // "edition", "debug", "lockdown", "clock", "disk", "swap", "service", "source", "package", "patch", "metadata"
  std::string subject;  // "kernel/sysrq", "ttyS0", "telnet.socket", ...
  std::string observed, wanted;
  friend bool operator==(const SystemFinding&, const SystemFinding&) = default;
};
[[nodiscard]] std::vector<SystemFinding> judge_system(const v1::SystemPolicy& wanted, const SystemSeen& seen);

/// unknown_listeners gives those that policy does not list; empty where listeners are not judged.
[[nodiscard]] std::vector<ListenerSeen> unknown_listeners(const v1::SystemPolicy& wanted,
                                                          const std::vector<ListenerSeen>& seen);

struct SettingChange {
  std::string name, from, to;
  friend bool operator==(const SettingChange&, const SettingChange&) = default;
};
/// closed_settings are the kernel settings that close_debug asks.
[[nodiscard]] const std::map<std::string, std::string>& closed_settings();
[[nodiscard]] std::vector<SettingChange> plan_settings(const v1::SystemPolicy& wanted,
                                                       const std::map<std::string, std::string>& seen);

/// judge_sources tells of repositories, origins, old metadata and upgrades that wait too long. `pending` remembers
/// since when each upgrade waits, and is brought up to date.
[[nodiscard]] std::vector<SystemFinding> judge_sources(const v1::SystemPolicy& wanted, const PackagesSeen& seen,
                                                       Timestamp now, v1::SystemState& pending);
/// patch_lag_days: the oldest upgrade that waits; 0 where none does.
[[nodiscard]] std::int64_t patch_lag_days(const v1::SystemState& pending, Timestamp now);

struct Cleared {
  std::uint64_t files = 0, octets = 0;
  bool complete = true;             // false: the bound was met, the next run goes on
  std::vector<std::string> failed;  // "path: why", at most 16
};

/// SystemPort is the machine's side. look() is quick; packages() and clear() take seconds and run on a thread of their
/// own while the others go on; they give up once `stop` says so.
class SystemPort {
 public:
  virtual ~SystemPort() = default;
  virtual Result<SystemSeen> look() = 0;
  virtual Result<> set(const std::string& name, const std::string& value) = 0;
  /// owner names the process behind a listener, "" where nobody is found.
  [[nodiscard]] virtual std::string owner(const ListenerSeen& listener) = 0;
  using Stop = std::function<bool()>;
  virtual Result<PackagesSeen> packages(const std::set<std::string>& origins, const Stop& stop) = 0;
  /// clear removes files below a cache's path that did not change since `keep`; `trial`: it only counts them.
  virtual Result<Cleared> clear(const v1::SystemCache& cache, Timestamp keep, bool trial, const Stop& stop) = 0;
};

}  // namespace kw::device
