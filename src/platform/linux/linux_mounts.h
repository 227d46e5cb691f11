#pragma once
// LinuxMounts is device::MountPort over /proc/self/mountinfo, which the kernel makes readable in its own way whenever a
// file system is mounted or taken away (proc_pid_mountinfo(5)).
//
// It sees and changes the mounts of this process's namespace. Needs CAP_SYS_ADMIN for unmount().
#include <thread>

#include "device/egress/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class LinuxMounts final : public device::MountPort {
 public:
  /// `sys` is where sysfs is mounted; a test has one of its own.
  explicit LinuxMounts(std::string sys = "/sys") : sys_(std::move(sys)) {}
  ~LinuxMounts() override { LinuxMounts::stop(); }
  Result<> start(Sink sink) override;
  void stop() override;
  [[nodiscard]] bool removable(const device::Mount& mount) const override;
  Result<> unmount(const device::Mount& mount) override;
  [[nodiscard]] std::string user_of(const device::Mount& mount) const override;

 private:
  std::string sys_;
  UniqueFd wake_, table_;
  std::thread thread_;
};

}  // namespace kw::platform
