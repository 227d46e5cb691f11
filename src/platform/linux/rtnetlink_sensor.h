#pragma once
// RtnetlinkSensor delivers links, addresses, default routes and neighbours of one network namespace, and each change.
//
// The kernel's messages pass through NetworkState, so that a change is told only when a field of the observation
// differs; a rename is a changed LinkObserved with the same index. Default routes of every table are told (the halves
// 0.0.0.0/1, 128.0.0.0/1, ::/1 and 8000::/1 as well, for together they are a default route in disguise); one entry
// per next hop. After a lost message the sensor tells SensorLost{"rtnetlink", 1}, reads everything again and tells
// the differences. Needs no privilege. Works in the namespace of the thread that calls start() or snapshot().
// start(): wrong_state (running), not_permitted, io.
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class RtnetlinkSensor final : public device::Sensor {
 public:
  struct Options {
    int receive_buffer = 4 << 20;
  };
  explicit RtnetlinkSensor(Options options);
  RtnetlinkSensor() : RtnetlinkSensor(Options{}) {}
  ~RtnetlinkSensor() override;

  [[nodiscard]] std::string name() const override { return "rtnetlink"; }
  Result<> start(Sink sink) override;
  void stop() override;
  /// snapshot reads the kernel afresh, in the calling thread; the running sensor is not disturbed.
  Result<std::vector<device::Observation>> snapshot() override;

 private:
  class Listener;
  Options options_;
  SensorThread thread_;
};

}  // namespace kw::platform
