#pragma once
// LinuxPurgePort is device::PurgePort: mounts below a directory of its own, /dev/shm, /tmp, System V objects, CUPS's
// spool.
//
// A session's directory is a tmpfs (nosuid, nodev, noexec, bounded, never swapped where the kernel can promise it), the
// user's alone, in this process's mount namespace. Ending it takes its files' content, then the mount; a directory that
// is still in use is detached and has lost its content. Needs CAP_SYS_ADMIN (mounts, System V objects of others) and
// CAP_DAC_OVERRIDE, CAP_FOWNER. Decisions: ADR 115, ADR 116.
#include "device/system/purge.h"

namespace kw::platform {

struct PurgePlaces {
  std::string directory = "/run/kioskward-session";
  std::string shared_memory = "/dev/shm";
  std::vector<std::string> temporary = {"/tmp", "/var/tmp"};
  std::vector<std::string> spare;  // paths in these that stay, and what begins with them: cookie, token
  std::string print_spool = "/var/spool/cups";
  std::string scheduler = "/run/cups/cups.sock";
  std::string cancel = "/usr/bin/cancel";
  bool segments = true;  // System V objects
  std::string swap;      // what swap_state says; empty: asked
};

class LinuxPurgePort final : public device::PurgePort {
 public:
  explicit LinuxPurgePort(PurgePlaces places);
  Result<std::string> begin(const std::string& name, std::uint64_t octets,
                            const std::vector<std::string>& users) override;
  Result<device::PurgeDone> end_all() override;
  Result<device::PurgeSeen> look(const device::PurgeWish& wish, const Stop& stop) override;
  Result<device::PurgeDone> apply(const device::PurgeChange& change, const Stop& stop) override;

 private:
  Result<device::PurgeDone> end_directory(const std::string& name);
  Result<device::PurgeDone> clear(const device::EndFiles& files, bool trial, const Stop& stop) const;
  [[nodiscard]] Result<std::vector<std::string>> directories() const;
  void look_at_files(const device::PurgeWish& wish, const Stop& stop, device::PurgeSeen& out) const;
  void look_at_segments(device::PurgeSeen& out) const;
  void look_at_spool(device::PurgeSeen& out) const;

  PurgePlaces places_;
};

}  // namespace kw::platform
