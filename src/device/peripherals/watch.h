#pragma once
// PeripheralWatch compares what is plugged in with what policy lets in, plans the changes and tells what happened.
//
//   for each look:  Step s = watch.look(port.list(), tickets, now, noticed);   host: events, facts, cut
//                   apply s.changes; watch.failed(...) for each that failed; look again until there are none
//
//   mode    | seen anew, or its verdict changed | machine is as the verdict says | still not after kTries looks
//   ENFORCE | change planned                    | blocked / allowed told, once   | not_applied told, once; tried on
//   WATCH   | told at once, result "observed"   |                                |
// It is level-triggered: a lost notification delays a verdict until the next look and loses none. A device on the same
// port that comes back as something else is an event of its own: other interfaces under the same ids at any time, or
// other descriptors within kSwap, which is faster than hands change a plug.
// A port that flaps is told at most kPerPort times in kStorm; what was left out is in the next event's count.
// PURE and not thread-safe.
#include <map>
#include <optional>

#include "device/peripherals/rules.h"
#include "device/peripherals/tickets.h"

namespace kw::device {

class PeripheralWatch {
 public:
  static constexpr int kTries = 3;
  static constexpr int kPerPort = 6;
  static constexpr Duration kStorm = std::chrono::seconds(10);
  static constexpr Duration kSwap = std::chrono::seconds(5);

  struct Change {
    Peripheral device;
    bool authorise = false;
  };
  struct Step {
    std::vector<Change> changes;
    bool close = false;  // new devices are let in by default, and must not be
    std::vector<v1::Event> events;
    std::vector<std::pair<std::string, std::string>> facts;
    std::optional<std::string> attack;  // event type for which policy cuts the network
  };
  /// configure takes the policy; every device is judged by it at the next look.
  void configure(v1::PeripheralPolicy policy);
  /// look: `noticed` is when (steady) the news came that caused this look; it dates what is seen for the first time.
  [[nodiscard]] Step look(const PeripheralsSeen& seen, const Tickets& tickets, const GuardTime& now, Duration noticed);
  /// failed remembers why a change could not be made.
  void failed(const std::string& handle, std::string reason);
  /// typed makes the event of a keyboard that TypingGauge caught; the caller condemns it and looks again.
  [[nodiscard]] std::optional<v1::Event> typed(const std::string& handle, std::size_t keys) const;
  /// module_read makes the event where an ID-card reader has another module than its rule names.
  [[nodiscard]] std::optional<v1::Event> module_read(const std::string& handle, const std::string& module) const;

  struct Tapped {
    std::string handle, node;
    unsigned generation = 0;
    auto operator<=>(const Tapped&) const = default;
  };
  /// keyboards are the event sources that the typing rule is for; module_lines the readers whose number is to be read.
  [[nodiscard]] std::vector<Tapped> keyboards() const;
  [[nodiscard]] std::vector<Tapped> module_lines() const;
  [[nodiscard]] const Peripheral* find(const std::string& handle) const;
  /// holds is false while a device is let in that must not be.
  [[nodiscard]] bool holds() const noexcept { return holds_; }

 private:
  struct Port {
    Peripheral device;
    Verdict verdict;
    bool present = false, told = false, not_applied = false;
    int tries = 0;
    Duration since{0}, gone{0};
    std::string failure;
    Duration storm{0};  // begin of the stretch in which told events are counted
    int in_storm = 0;
    std::uint64_t left_out = 0;
  };
  void arrive(Port& port, const Peripheral& device, const GuardTime& now, Duration noticed, Step& out);
  void judge(Port& port, const Tickets& tickets);
  void settle(Port& port, const GuardTime& now, Step& out);
  void tell_verdict(Port& port, std::string_view outcome, const GuardTime& now, Step& out);
  void leave(const PeripheralsSeen& seen, const GuardTime& now, Step& out);
  bool may_tell(Port& port, const GuardTime& now) const;
  void tell_facts(const PeripheralsSeen& seen, Step& out);
  void forget();
  [[nodiscard]] std::string_view result(std::string_view done) const;

  v1::PeripheralPolicy policy_;
  std::map<std::string, Port> ports_;  // by handle
  std::map<std::string, bool> port_facts_;
  bool holds_ = true;
};

}  // namespace kw::device
