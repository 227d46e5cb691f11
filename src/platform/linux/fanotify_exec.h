#pragma once
// FanotifyGate is the kernel's permission group for programs: device::Gate behind fanotify(7).
//
//   kernel ── question, descriptor ──> gate thread ── device::Gate ── answer, ignore mark ──> kernel
//                                          │ hash                ▲ digest
//                                          └──> hasher threads ──┘         watchdog ── closes the group
//
// Whole file systems are marked, so that bind mounts and other mount namespaces are no way around. The gate thread
// opens nothing but /proc, and the descriptors that the kernel gives it are open already: it can wait for nobody who
// waits for it. Questions of this process are answered before anything else. Should the gate thread stay busy longer
// than `patience` all the same, the watchdog closes the group: the kernel lets through what waits, and the sink hears
// GateLost. Marks that make the kernel stop asking are the kernel's to take back when the file is written; a file that
// was written through a mapping is asked about again once it is closed.
//
// Needs CAP_SYS_ADMIN and kernel 5.1. Threads: member functions from one thread; counts and guarded from any.
#include <atomic>
#include <memory>

#include "base/time.h"
#include "device/programs/ports.h"

namespace kw::platform {

class FanotifyGate final : public device::ProgramGate {
 public:
  struct Options {
    Duration patience = std::chrono::seconds(2);
    unsigned hashers = 2;
  };
  explicit FanotifyGate(Options options);
  FanotifyGate() : FanotifyGate(Options{}) {}
  ~FanotifyGate() override;

  Result<> start(Sink sink) override;
  void stop() override;
  void use(std::shared_ptr<const device::ProgramRules> rules) override;
  Result<> guard(const device::GuardedPlace& place) override;
  [[nodiscard]] bool guarded(std::uint64_t device) const override;
  void warm(std::vector<std::string> paths, std::function<void()> done) override;
  [[nodiscard]] device::Gate::Counts counts() const override;

 private:
  class Running;
  Options options_;
  std::unique_ptr<Running> running_;
};

}  // namespace kw::platform
