#pragma once
// FanotifyNames tells which watched files are touched, and by whom, through a fanotify group that reports names.
//
// Whole file systems are marked; folders that may hold nothing of interest are told apart by their handle, which costs
// one look-up. The queue is unlimited unless Options say otherwise; should it overflow all the same, FilesLost says so.
// A process that has ended before its event is read keeps its number only. Needs CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH and
// kernel 5.9; file systems without file handles (overlay) are Errc::unsupported.
#include "device/integrity/ports.h"
#include "device/programs/mounts.h"
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class FanotifyNames final : public device::FileWatch {
 public:
  struct Options {
    bool unlimited_queue = true;  // false: the kernel's default, 16,384 events
    std::size_t buffer = std::size_t{64} << 10;
    /// New names and permissions only, no content, and actors by number only; on every mount below, too, that honours
    /// set-ID bits.
    bool rights_only = false;
  };
  explicit FanotifyNames(Options options) : options_(options) {}
  FanotifyNames() : FanotifyNames(Options{}) {}

  Result<> start(std::shared_ptr<const device::PathGlobs> globs, Sink sink) override;
  void stop() override { thread_.stop(); }
  [[nodiscard]] bool stale() const override;

 private:
  class Listener;
  [[nodiscard]] std::vector<device::Mount> watched_mounts() const;
  Options options_;
  std::vector<std::string> roots_;
  std::vector<device::Mount> mounts_;  // at, above and below the roots when the watch was started
  SensorThread thread_;
};

}  // namespace kw::platform
