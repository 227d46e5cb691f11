#pragma once
// EgressWaysOut takes away what is mounted and could carry data off, and finds print queues that write into files
// (clauses 9.7-b, 9.7-e).
//
// In ENFORCE a file system that is a way out is unmounted at once, busy or not, and told with who used it. A file
// system that nobody can take away is told as failed and leaves the kiosk degraded. Print queues are looked at when the
// file that lists them changes, and are told only: CUPS has no master here.
#include <memory>
#include <set>

#include "device/defence.h"
#include "device/egress/ports.h"
#include "kioskward/v1/egress.pb.h"

namespace kw::agent {

class EgressWaysOut {
 public:
  struct Ports {
    std::unique_ptr<device::MountPort> mounts;
    std::string printers = "/etc/cups/printers.conf";
  };
  static constexpr std::uint64_t kPrinterTicks = 30;

  explicit EgressWaysOut(Ports ports) : ports_(std::move(ports)) {}
  void start(device::DefenceHost& host);
  Result<> configure(const device::v1::EgressPolicy& policy);
  void tick();
  [[nodiscard]] bool holds() const { return policy_.mode() != device::v1::ENFORCE || stuck_.empty(); }
  void stop();

 private:
  struct Seen {
    device::Mount mount;
    std::string kind;
  };
  [[nodiscard]] bool on() const;
  [[nodiscard]] bool watching_mounts() const { return on() && policy_.guard_mounts(); }
  Result<> watch_mounts();
  void mounted(const Result<std::vector<device::Mount>>& mounts);
  void refuse(const Seen& seen);
  void look_at_printers();
  void tell_facts();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  device::v1::EgressPolicy policy_;
  bool watching_ = false;
  std::vector<device::Mount> last_;
  std::set<std::string> told_;   // "POINT SOURCE" of what stands
  std::set<std::string> stuck_;  // mount points
  std::string printers_;
  std::int64_t printers_changed_ = 0;
  std::set<std::string> printers_told_;
  std::uint64_t ticks_ = 0;
};

}  // namespace kw::agent
