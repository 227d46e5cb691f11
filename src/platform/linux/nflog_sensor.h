#pragma once
// NflogSensor delivers the packets that nftables rules log to one NFLOG group, as device::PacketLogged.
//
// The rule's log prefix becomes the tag. Process and pid are found for packets of this machine's own sockets by
// sock_diag and /proc/*/fd (see SocketOwners): within `attribution` for one packet and a quarter of the time overall,
// else they stay empty. The look-up stands between packet and sink on purpose: one observation carries everything,
// and the kernel's own trip has cut the network before user space hears of it.
// A receive queue that overflowed becomes SensorLost{"nflog", lost}; the count comes from the kernel's sequence
// numbers. Needs CAP_NET_ADMIN; works in the network namespace of the thread that calls start().
// start(): not_permitted, already_exists (the group is taken by another process), unsupported, wrong_state.
#include <cstdint>

#include "base/time.h"
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class NflogSensor final : public device::Sensor {
 public:
  struct Options {
    std::uint16_t group = 5;
    int receive_buffer = 8 << 20;  // octets; a burst of this size waits in the kernel
    Duration attribution = std::chrono::milliseconds(20);  // about two thousand processes
  };
  NflogSensor(const Clock& clock, Options options);
  ~NflogSensor() override;

  [[nodiscard]] std::string name() const override { return "nflog"; }
  Result<> start(Sink sink) override;
  void stop() override;
  /// snapshot is empty: packets leave no state behind.
  Result<std::vector<device::Observation>> snapshot() override;

 private:
  class Listener;
  const Clock& clock_;
  Options options_;
  SensorThread thread_;
};

}  // namespace kw::platform
