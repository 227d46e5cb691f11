#pragma once
// LinuxHostPort is HostPort on this machine: /proc, the kernel's process connector and audit, utmp(5), logind's session
// files, and a walk over file systems.
//
// Another `root` is a tree of a test's own for the files; processes are always the machine's. Needs CAP_NET_ADMIN,
// CAP_SYS_PTRACE, CAP_KILL, CAP_DAC_READ_SEARCH, CAP_AUDIT_READ; what is missing says so. Threads: HostPort's.
#include "device/host/ports.h"
#include "platform/linux/host_feed.h"
#include "platform/linux/process_scan.h"

namespace kw::platform {

class LinuxHostPort final : public device::HostPort {
 public:
  struct Options {
    std::string root;                    // "" is the machine
    std::vector<std::string> walk = {};  // where set-ID files are looked for; none: every local file system
  };
  LinuxHostPort() = default;
  explicit LinuxHostPort(Options options) : options_(std::move(options)) {}

  static constexpr std::size_t kMostFailedLogins = 1024, kMostSessions = 256, kMostSetIdFiles = 4096;

  device::HostSources start(Sink sink) override { return feed_.start(sink); }
  void stop() override { feed_.stop(); }
  Result<std::vector<device::ProcessFacts>> scan() override { return scan_.all(); }
  std::optional<device::ProcessFacts> look(int pid) override;
  [[nodiscard]] int tracer(int pid) override;
  Result<> end(int pid, std::uint64_t started) override;
  [[nodiscard]] bool runs(int pid, std::uint64_t started) override;
  Result<device::KernelModules> modules() override;
  Result<device::LoginsRead> failed_logins(const device::LoginsMark& mark) override;
  Result<std::vector<device::SessionSeen>> sessions() override;
  [[nodiscard]] bool known_user(const std::string& name) override;
  std::optional<device::SetIdFile> set_id(const std::string& path) override;
  Result<std::vector<device::SetIdFile>> set_id_files(const Stop& stop) override;

 private:
  [[nodiscard]] std::string at(const char* path) const { return options_.root + path; }
  Options options_;
  HostFeed feed_;
  ProcessScan scan_;
};

}  // namespace kw::platform
