#pragma once
// FanotifyScanGate is the kernel's permission group for scanning: device::ScanGate behind fanotify(7).
//
//   kernel ── question, descriptor ──> gate thread ── device::ScanGate ── answer, ignore mark ──> kernel
//                                          │ scan                 ▲ verdict
//                                          └──> scan threads ─────┘        watchdog ── closes the group
//
// Whole file systems are marked, so that bind mounts and other mount namespaces are no way around. The gate thread
// opens nothing but /proc, and the descriptors that the kernel gives it are open already: it can wait for nobody who
// waits for it. This process and the scanner, held by a pidfd so that its number cannot become somebody else's, are
// answered before anything else. Should the gate thread stay busy longer than `patience` all the same, the watchdog
// closes the group: the kernel lets through what waits, and the sink hears ScanGateLost.
//
// A clean file that root alone may write, and nobody has open for writing, gets a mark that makes the kernel stop asking
// until the file is written. Of what is written through a mapping the kernel tells nothing before the mapping ends: all
// other files are asked about at each opening, and scanned at each while somebody can write them.
//
// With Options::folders it asks about folders instead, with what lies below them (folder_watch.h), and about nothing
// else: no mark of the kernel stops it from asking about a file again.
//
// Needs CAP_SYS_ADMIN and kernel 5.1. Threads: member functions from one thread; counts from any. `scanner` and `clock`
// outlive it.
#include <memory>

#include "device/malware/ports.h"

namespace kw::platform {

class FanotifyScanGate final : public device::ScanFileGate {
 public:
  struct Options {
    Duration patience = std::chrono::seconds(2);
    Duration most_scan = std::chrono::seconds(120);
    unsigned scanners = 4;
    bool folders = false;
  };
  FanotifyScanGate(device::ContentScanner& scanner, const Clock& clock, Options options);
  FanotifyScanGate(device::ContentScanner& scanner, const Clock& clock) : FanotifyScanGate(scanner, clock, Options{}) {}
  ~FanotifyScanGate() override;

  Result<> start(Sink sink) override;
  void stop() override;
  void use(std::shared_ptr<const device::ScanRules> rules) override;
  void scanner(std::optional<int> pid, bool renewed) override;
  Result<> guard(const std::string& place) override;
  [[nodiscard]] device::ScanGate::Counts counts() const override;

 private:
  class Running;
  device::ContentScanner& scanner_;
  const Clock& clock_;
  Options options_;
  std::unique_ptr<Running> running_;
};

}  // namespace kw::platform
