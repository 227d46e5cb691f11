#include "device/egress/tracker.h"

#include <utility>

namespace kw::device {

void PlaceTracker::begin(Duration now) {
  for (int mark = v1::PlaceMark_MIN + 1; mark <= v1::PlaceMark_MAX; ++mark) last_[mark] = now;
}

void PlaceTracker::moved() {
  answers_.clear();
  gateways_.clear();
  neighbours_.clear();
}

void PlaceTracker::gateway(const std::string& mac) {
  if (answers_.size() < kMostSeen) answers_.insert(mac);
}

void PlaceTracker::neighbour(const LldpHeard& heard, Duration now) {
  if (heard.seconds == 0)
    neighbours_.erase(heard.neighbour);
  else if (neighbours_.size() < kMostSeen || neighbours_.contains(heard.neighbour))
    neighbours_[heard.neighbour] = now + std::chrono::seconds(heard.seconds);
}

void PlaceTracker::position(const PlacePoint& point, Duration now) {
  if (!point_ || metres_between(*point_, point) > kWander) point_ = point;
  pointed_ = now;
}

void PlaceTracker::address(const AddressObserved& seen) {
  const auto range = range_of(seen.address);
  if (seen.link_local || range.empty()) return;
  const std::pair key(seen.interface, range);
  if (seen.change != Change::removed && (ranges_.size() < kMostSeen || ranges_.contains(key)))
    ranges_[key].insert(seen.address);
  const auto at = ranges_.find(key);
  if (seen.change != Change::removed || at == ranges_.end()) return;
  at->second.erase(seen.address);
  if (at->second.empty()) ranges_.erase(at);
}

void PlaceTracker::settle(Duration now) {
  if (asked_ && now - *asked_ >= kRound) {
    asked_.reset();
    if (!answers_.empty()) {
      gateways_ = std::exchange(answers_, {});
      answered_ = now;
    }
  }
  if (now - answered_ >= kGatewayFresh) gateways_.clear();
  std::erase_if(neighbours_, [&](const auto& one) { return one.second <= now; });
  if (point_ && now - pointed_ >= kPositionFresh) point_.reset();
  const auto shows = [&](v1::PlaceMark mark, bool shown) {
    if (shown) last_[mark] = now;
  };
  shows(v1::GATEWAY, !gateways_.empty());
  shows(v1::NEIGHBOUR, !neighbours_.empty());
  shows(v1::RANGE, !seen().ranges.empty());
  shows(v1::POSITION, point_.has_value());
}

PlaceSeen PlaceTracker::seen() const {
  PlaceSeen out;
  out.gateways = gateways_;
  for (const auto& [neighbour, until] : neighbours_) out.neighbours.insert(neighbour);
  for (const auto& [key, addresses] : ranges_)
    if (key.first == interface_) out.ranges.insert(key.second);
  out.position = point_;
  return out;
}

Duration PlaceTracker::silent_for(v1::PlaceMark mark, Duration now) const {
  const auto at = last_.find(mark);
  return at == last_.end() ? Duration{0} : now - at->second;
}

}  // namespace kw::device
