#pragma once
// EgressPlace notices that a kiosk stands elsewhere, and that somebody else uses its address (clauses 9.7-b, 6.2-a).
//
// The gateway is asked for its MAC every kAskEvery, at once after the cable was out, and in its own name it may say so
// at any time: the kernel's own entry proves nothing where section "interfaces" has pinned it. In ENFORCE a judged mark
// that differs from the approved baseline cuts; so does one that is silent for too long, where policy says so. Without
// a baseline what is seen for kQuiet without a change is proposed.
#include <memory>

#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/egress/nmea.h"
#include "device/egress/ports.h"
#include "device/egress/tracker.h"

namespace kw::agent {

class EgressPlace {
 public:
  struct Ports {
    std::unique_ptr<device::PlaceWire> wire;
    std::unique_ptr<device::PositionPort> position;
  };
  static constexpr Duration kAskEvery = std::chrono::seconds(10);
  static constexpr Duration kQuiet = std::chrono::seconds(45);  // a switch speaks every 30 s
  static constexpr std::size_t kMostFrames = 256;               // a second; a storm waits for the next one

  explicit EgressPlace(Ports ports) : ports_(std::move(ports)) {}

  void start(device::DefenceHost& host) { host_ = &host; }
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy);
  void observe(const device::Observation& seen);
  void tick();
  Result<> learn();
  Result<> baseline(const device::v1::Baseline& baseline);
  void released();
  [[nodiscard]] bool holds() const {
    return mode_ != device::v1::ENFORCE || (at_home_ && (listening_ || !needs_wire()));
  }
  void stop();

 private:
  struct Told {
    bool silent = false;
    bool cut = false;
  };
  [[nodiscard]] bool judged(device::v1::PlaceMark mark) const { return judged_.contains(mark); }
  [[nodiscard]] bool needs_wire() const;
  Result<> listen();
  void deafen();
  void heard();
  void take(const device::WireNews& news);
  void ask();
  void look_up();
  void judge(bool changed);
  void tell(const device::PlaceVerdict& verdict, bool silent);
  void tell_facts(const device::PlaceSeen& seen, const std::vector<device::PlaceVerdict>& verdicts);
  void propose(const device::PlaceSeen& seen);

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  device::v1::Mode mode_ = device::v1::OFF;
  device::v1::EgressPolicy policy_;
  std::set<device::v1::PlaceMark> judged_;
  device::WireSettings own_;
  std::string own_address_, gateway_;  // as texts, without prefix length
  std::optional<device::v1::EgressBaseline> bound_;
  device::PlaceTracker tracker_;
  device::NmeaReader nmea_;
  GatheredEvents claims_;
  device::PlaceSeen seen_;
  Duration changed_at_{0}, next_ask_{0};
  std::map<device::v1::PlaceMark, Told> told_;
  Bytes proposed_;
  std::string wire_problem_, ask_problem_, receiver_problem_, claimed_by_;
  std::size_t frames_ = 0;  // in this second
  bool listening_ = false, watched_ = false, facts_old_ = false, at_home_ = true;
};

}  // namespace kw::agent
