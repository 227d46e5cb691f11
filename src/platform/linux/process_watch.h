#pragma once
// LinuxProcessWatch sees the programs that no permission event is made for: in anonymous memory (memfd), on a file
// system that is not marked yet or cannot be, and those that ran before the gate was open.
//
// The kernel's process connector tells each exec, within microseconds, in the initial network namespace only; elsewhere
// start() is Errc::unsupported and scan() over /proc is all there is. Programs above kMostHashed are not read: they
// count as unknown. A process that runs on is looked at once, and its program read once: the next scan knows process and
// file again. Needs CAP_NET_ADMIN, CAP_SYS_PTRACE. Threads: scan and mounts from any, one at a time.
#include <map>

#include "device/file_identity.h"
#include "device/programs/ports.h"
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class LinuxProcessWatch final : public device::ProcessWatch {
 public:
  static constexpr std::uint64_t kMostHashed = 256U << 20;

  Result<> start(std::function<bool(std::uint64_t device)> guarded, Sink sink) override;
  void stop() override { thread_.stop(); }
  Result<std::vector<device::RunningProgram>> scan(bool digests) override;
  Result<std::uint64_t> births() override;
  Result<> end(const device::RunningProgram& program) override;
  Result<std::vector<std::pair<std::string, device::Mount>>> mounts() override;
  Result<> close_memory(bool closed) override;

 private:
  class Listener;
  struct Looked {
    device::FileIdentity file;
    device::RunningProgram program;
  };
  std::function<bool(std::uint64_t)> guarded_;
  std::map<device::FileIdentity, crypto::Digest> read_;  // by the last scans
  std::map<int, Looked> looked_;                         // by the last one
  SensorThread thread_;
};

}  // namespace kw::platform
