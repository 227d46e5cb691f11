#pragma once
// GatheredEvents is device::Gathered for events: the number that a telling stands for is its parameter "count".
//
// Not thread-safe.
#include "device/gathered.h"
#include "kioskward/v1/common.pb.h"

namespace kw::agent {

class GatheredEvents {
 public:
  /// tell gives the event back where it is to be told now; else it is held, in place of the one before.
  std::optional<kioskward::v1::Event> tell(const std::string& key, kioskward::v1::Event event, Duration now) {
    auto told = gathered_.add(key, std::move(event), now);
    return told ? std::optional(counted(std::move(*told))) : std::nullopt;
  }
  /// due gives what was held long enough.
  std::vector<kioskward::v1::Event> due(Duration now) {
    std::vector<kioskward::v1::Event> out;
    for (auto& told : gathered_.due(now)) out.push_back(counted(std::move(told)));
    return out;
  }

 private:
  using Gathered = device::Gathered<kioskward::v1::Event>;
  static kioskward::v1::Event counted(Gathered::Told told) {
    (*told.last.mutable_params())["count"] = std::to_string(told.count);
    return std::move(told.last);
  }
  Gathered gathered_;
};

}  // namespace kw::agent
