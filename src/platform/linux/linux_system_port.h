#pragma once
// LinuxSystemPort reads how the operating system is set up, below a root directory, and sets kernel settings.
//
// Sources: etc/os-release; proc/cmdline, proc/net, sock_diag(7), proc/sys, proc/*/comm; sys/kernel/{security/lockdown, kexec_loaded,
// kexec_crash_loaded}; cgroups for the units that run; adjtimex(2); the block devices under /. Packages: dpkg's status,
// apt's lists (compressed ones through apt's own apt-helper) and sources. What is not there is named in `missing`.
#include "device/system/system.h"

namespace kw::platform {

class LinuxSystemPort final : public device::SystemPort {
 public:
  struct Options {
    std::string root = "/";
    /// the kernel's clock state (adjtimex(2): its STA_ flags), where it can be asked.
    std::function<std::optional<int>()> clock_status{};
    /// the kernel's listening TCP sockets, where they can be asked for; proc/net/{tcp,tcp6} otherwise.
    std::function<Result<std::vector<device::ListenerSeen>>()> tcp_listeners{};
  };
  explicit LinuxSystemPort(Options options);
  LinuxSystemPort() : LinuxSystemPort(Options{}) {}

  Result<device::SystemSeen> look() override;
  Result<> set(const std::string& name, const std::string& value) override;
  [[nodiscard]] std::string owner(const device::ListenerSeen& listener) override;
  Result<device::PackagesSeen> packages(const std::set<std::string>& origins, const Stop& stop) override;
  Result<device::Cleared> clear(const device::v1::SystemCache& cache, Timestamp keep, bool trial,
                                const Stop& stop) override;

 private:
  Options options_;
};

/// read_packages is packages() of a root directory.
[[nodiscard]] Result<device::PackagesSeen> read_packages(const std::string& root, const std::set<std::string>& origins,
                                                         const device::SystemPort::Stop& stop);

}  // namespace kw::platform
