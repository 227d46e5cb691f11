#pragma once
// NetworkGuard turns observations of a kiosk's network into events, facts and the decision to cut.
//
//   state   | violation that the policy cuts for | order CUT_OFF | release
//   NORMAL  | -> CUT, new case, cut request      | -> CUT        | stays (wrong_state)
//   CUT     | stays; event of the same case      | stays         | -> NORMAL, present state judged again at once:
//           |                                    |               |    still violated -> CUT, new case
// In mode WATCH nothing is cut: the state stays NORMAL and events say "observed". In mode OFF nothing is judged.
//
// A storm cannot flood the spool: a standing violation is told once, one that flaps at most every 10 s, and drops are
// one event per (tag, destination, port, protocol) and 10 s with their count. The removal of the pinned interface is
// told but does not cut: nothing is left to cut. net.cut, net.released and policy.drift are the caller's events: only
// it knows whether and how fast they were carried out.
//
// PURE and not thread-safe: one caller feeds it. Typical use:
//
//   guard.configure(expectations, now);           // policy in force, at start and at each new bundle
//   guard.restore_cut(case_id, cause);            // where the stored state says so, before the first snapshot
//   auto d = guard.snapshot(observations, now, new_case);   // at start, after SensorLost, and before release
//   auto d = guard.observe(observation, now, new_case);     // each change
//   auto d = guard.tick(now);                               // about once a second: sends aggregated drops
//   apply(d): cut first (d.cut), then d.events to the spool, then d.facts, then persist d.learnt_gateway_mac.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "device/ports.h"

namespace kw::device {

/// NetworkExpectations is the part of the policy in force that the guard needs.
struct NetworkExpectations {
  v1::Mode mode = v1::OFF;
  std::string interface;
  std::string mac;
  std::string address;      // with prefix length
  std::string gateway;      // empty: no default route is expected
  std::string gateway_mac;  // from policy or learnt earlier; empty: learn at first use
  bool cut_on_illegal_outbound = false;
  bool cut_on_interface_change = false;
  bool cut_on_identity_change = false;
  bool leave_platform_channel = true;
};

/// TagJudgement is what the caller's policy says about a log prefix (policy::explain_tag gives all of it).
struct TagJudgement {
  bool known = false;
  bool outbound = false;
  bool illegal = false;
  bool watch = false;
  std::string word;
};
using JudgeTag = std::function<TagJudgement(const std::string& tag)>;
/// NewCase makes a case ID; called once for each incident.
using NewCase = std::function<RawId()>;

struct GuardTime {
  Timestamp utc;
  Duration steady{0};
};

struct CutDecision {
  RawId case_id{};
  std::string cause;  // event type
};

struct Decisions {
  std::vector<v1::Event> events;                  // without id, sequence and clock: the spool adds them
  std::vector<v1::Fact> facts;                    // changed properties only
  std::optional<CutDecision> cut;                 // apply before anything else
  std::optional<std::string> learnt_gateway_mac;  // persist it
  bool want_snapshot = false;                     // a sensor lost observations: take a new snapshot
  bool ruleset_touched = false;  // read the rules back and repair them; the policy.drift event says whether it worked,
                                 // so the caller makes it (params table, repaired)
};

class NetworkGuard {
 public:
  explicit NetworkGuard(JudgeTag judge);

  /// configure takes a new policy. What was observed stays known and is judged at the next snapshot().
  void configure(NetworkExpectations expected);
  /// restore_cut puts the guard into CUT, as the stored state of the last run says.
  void restore_cut(const RawId& case_id, std::string cause);

  /// snapshot takes the complete present state (Change::present) in place of everything known.
  Decisions snapshot(const std::vector<Observation>& present, const GuardTime& now, const NewCase& new_case);
  Decisions observe(const Observation& seen, const GuardTime& now, const NewCase& new_case);
  Decisions tick(const GuardTime& now);
  /// kernel_tripped: the policy's trip set was found filled, and no packet told of it (the agent was not there to see).
  Decisions kernel_tripped(const GuardTime& now, const NewCase& new_case);
  /// order_cut and release carry out verified orders; the caller lifts the cut in the kernel, then takes `present`,
  /// then asks release() and applies what it says, a new cut perhaps. Errc::wrong_state for a release where nothing is
  /// cut.
  Decisions order_cut(const RawId& case_id, const GuardTime& now);
  /// defence_cut cuts because another section of the defence asks; nothing where the network is cut already.
  Decisions defence_cut(const std::string& cause, const NewCase& new_case);
  Result<Decisions> release(const std::vector<Observation>& present, const GuardTime& now, const NewCase& new_case);

  [[nodiscard]] bool cut() const noexcept { return case_.has_value(); }
  [[nodiscard]] const std::optional<RawId>& case_id() const noexcept { return case_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

 private:
  enum class Concern { outbound, interface, identity, none };
  struct Link {
    std::string name, kind, mac, permanent_mac;
    std::string old;  // name it had before, where it was renamed under the guard's eyes
  };
  struct Violation {
    Concern concern = Concern::none;
    v1::Event event;
  };
  using Violations = std::map<std::string, Violation>;  // by identity: "interface:usb0", "mac:02:..."
  struct Standing {
    Duration told{0};
    bool active = true;
  };
  struct DropKey {
    std::string type, tag, protocol, destination;
    std::uint16_t port = 0;
    auto operator<=>(const DropKey&) const = default;
  };
  struct DropCount {
    Duration since{0};
    std::uint64_t waiting = 0;  // seen since the last event
    v1::Event last;
  };

  void remember(const Observation& seen);
  void remember_link(const LinkObserved& seen);
  void remember_route(const RouteObserved& seen);
  [[nodiscard]] Violations present_violations(Timestamp now) const;
  void judge_links(Violations& out, Timestamp now) const;
  void judge_place(Violations& out, Timestamp now) const;
  void judge(const GuardTime& now, const NewCase& new_case, Decisions& out);
  void packet(const PacketLogged& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void cut_for(Concern concern, const std::string& cause, const NewCase& new_case, Decisions& out);
  void sign(v1::Event& event) const;  // with the case, where there is one
  void tell_facts(Timestamp now, Decisions& out);
  [[nodiscard]] bool cuts(Concern concern) const noexcept;

  JudgeTag judge_;
  NetworkExpectations expected_;
  std::map<int, Link> links_;
  std::map<std::string, std::string> addresses_;  // "interface address/length" -> address/length
  std::map<std::string, std::string> defaults_;   // "gateway interface destination" -> text for people
  std::map<std::string, std::string> facts_;
  std::map<std::string, Standing> standing_;
  std::map<DropKey, DropCount> drops_;
  std::map<std::string, Duration> lost_;
  std::uint64_t overflow_ = 0;  // drops beyond the table's bound
  Duration overflow_since_{0};
  std::string gateway_mac_;  // as last seen
  bool known_ = false;       // a snapshot was taken
  std::optional<RawId> case_;
  std::string cause_;
};

}  // namespace kw::device
