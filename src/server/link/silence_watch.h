#pragma once
// SilenceWatch tells which devices have fallen silent, once for each absence. PURE; one caller at a time.
//
//   for (const auto& silent : watch.look(devices, now)) { record it; watch.told(silent.device); }
//
// An absence is known by when the device was last heard of. Nobody is silent before the platform has listened for as
// long: after a restart the kiosks need a moment to come back.
#include <map>
#include <vector>

#include "store/devices.h"

namespace kw::server {

class SilenceWatch {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(60);

  struct Silent {
    store::Device device;
    Duration since_heard;
  };
  explicit SilenceWatch(Timestamp listening_since) : listening_since_(listening_since) {}
  /// look gives the devices that are off line for longer than kSilence, without the absences that were told.
  [[nodiscard]] std::vector<Silent> look(const std::vector<store::Device>& devices, Timestamp now) const;
  void told(const store::Device& device) { told_[device.id] = device.last_seen.value_or(Timestamp{}); }

 private:
  const Timestamp listening_since_;
  std::map<DeviceId, Timestamp> told_;
};

}  // namespace kw::server
