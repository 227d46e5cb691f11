#pragma once
// LinuxInterfacePort is the machine's side of section "interfaces": rtnetlink, /proc/sys, rfkill, resolv.conf.
//
// Works in the network namespace of the thread that calls. Blocks for some milliseconds; not thread-safe.
#include "device/interfaces/interfaces.h"

namespace kw::platform {

class LinuxInterfacePort final : public device::InterfacePort {
 public:
  struct Options {
    std::string root{};  // in front of /sys, /proc/sys, /dev/rfkill and /etc/resolv.conf, for fixtures
  };
  explicit LinuxInterfacePort(Options options) : options_(std::move(options)) {}
  LinuxInterfacePort() : LinuxInterfacePort(Options{}) {}

  Result<device::InterfacesSeen> look(const device::PinnedPort& pinned) override;
  Result<> apply(const device::InterfaceChange& change) override;
  [[nodiscard]] std::string owner(const std::string& interface) override;
  Result<Origin> origin(const std::string& interface) override;

 private:
  [[nodiscard]] std::string at(const std::string& path) const { return options_.root + path; }
  void read_switches(const std::string& interface, device::InterfacesSeen& out) const;
  void read_radios(device::InterfacesSeen& out) const;
  void read_resolvers(device::InterfacesSeen& out) const;
  Result<> write_resolvers(const std::vector<std::string>& resolvers) const;
  Result<> write_switch(const std::string& name, const std::string& value) const;
  Result<> block_radio(const std::string& name) const;

  Options options_;
  std::string mac_;  // of the pinned port, as look() was told
};

}  // namespace kw::platform
