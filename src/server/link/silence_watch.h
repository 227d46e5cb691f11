#pragma once
// SilenceWatch tells which devices have fallen silent, once for each absence. PURE; one caller at a time.
//
//   for (const auto& silent : watch.look(devices, now)) { record it; watch.told(silent.device); }
#include <set>
#include <vector>

#include "store/devices.h"

namespace kw::server {

class SilenceWatch {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(60);

  struct Silent {
    DeviceId device;
    Duration since_heard;
  };
  /// look gives the devices that are off line for longer than kSilence and were not told since they were last on line.
  std::vector<Silent> look(const std::vector<store::Device>& devices, Timestamp now);
  void told(const DeviceId& device) { told_.insert(device); }

 private:
  std::set<DeviceId> told_;
};

}  // namespace kw::server
