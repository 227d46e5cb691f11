#pragma once
// PlaceTracker keeps what is still fresh of everything that tells the place, and since when a mark is silent.
//
//   tracker.round_began(now);  send the question;  tracker.take(news, now);  ...  tracker.settle(now);
//   seen = tracker.seen(now);  since = tracker.silent_since(mark)
//
// A switch's word is good for as long as it said itself, a position for kPositionFresh. The gateway is asked in rounds:
// whoever answered in the last round that was answered is the gateway, until kGatewayFresh. PURE, one thread; times
// are steady.
#include "device/egress/wire.h"
#include "device/ports.h"

namespace kw::device {

class PlaceTracker {
 public:
  static constexpr Duration kRound = std::chrono::seconds(2);  // answers of a round come within this
  static constexpr Duration kGatewayFresh = std::chrono::seconds(35);
  static constexpr Duration kPositionFresh = std::chrono::seconds(60);
  static constexpr std::size_t kMostSeen = 32;

  void round_began(Duration now) { asked_ = now, answers_.clear(); }
  /// asking: a round goes on, and whoever speaks is heard in it.
  [[nodiscard]] bool asking() const noexcept { return asked_.has_value(); }
  void gateway(const std::string& mac);
  void neighbour(const LldpHeard& heard, Duration now);
  /// position: a receiver wanders while it stands still; less than kWander is no movement.
  static constexpr double kWander = 25;  // m
  void position(const PlacePoint& point, Duration now);
  /// address takes every interface's; those of the one in use are the place's.
  void address(const AddressObserved& seen);
  void forget_addresses() { ranges_.clear(); }
  void use(std::string interface) { interface_ = std::move(interface); }
  /// moved: the cable was out, or the interface is another one: what was heard before says nothing any more.
  void moved();

  /// settle drops what is no longer fresh and ends a round; to be called before seen().
  void settle(Duration now);
  [[nodiscard]] PlaceSeen seen() const;
  /// silent_for is how long a mark has shown nothing; zero while it shows something.
  [[nodiscard]] Duration silent_for(v1::PlaceMark mark, Duration now) const;
  /// begin starts all silences anew.
  void begin(Duration now);

 private:
  std::set<std::string> answers_, gateways_;
  std::optional<Duration> asked_;
  Duration answered_{0};
  std::map<LinkNeighbour, Duration> neighbours_;  // until
  std::optional<PlacePoint> point_;
  Duration pointed_{0};
  std::string interface_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> ranges_;  // interface, range -> addresses
  std::map<int, Duration> last_;                                                 // mark -> last shown
};

}  // namespace kw::device
