#pragma once
// NetworkGuard turns observations of a kiosk's network into events, facts and the decision to cut.
//
//   state   | violation that the policy cuts for | order CUT_OFF | release
//   NORMAL  | -> CUT, new case, cut request      | -> CUT        | stays (wrong_state)
//   CUT     | stays; event of the same case      | stays         | -> NORMAL, present state judged again at once:
//           |                                    |               |    still violated -> CUT, new case
// In mode WATCH nothing is cut: the state stays NORMAL and events say "observed". In mode OFF nothing is judged.
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
  std::vector<v1::Event> events;  // without id, sequence and clock: the spool adds them
  std::vector<v1::Fact> facts;    // changed properties only
  std::optional<CutDecision> cut; // apply before anything else
  std::optional<std::string> learnt_gateway_mac;  // persist it
  bool want_snapshot = false;     // a sensor lost observations: take a new snapshot
  bool ruleset_touched = false;   // read the rules back and repair them; the policy.drift event says whether it worked,
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
  /// order_cut and release carry out verified orders. Errc::wrong_state for a release where nothing is cut.
  Decisions order_cut(const RawId& case_id, const GuardTime& now);
  Result<Decisions> release(const std::vector<Observation>& present, const GuardTime& now, const NewCase& new_case);

  [[nodiscard]] bool cut() const noexcept { return case_.has_value(); }
  [[nodiscard]] const std::optional<RawId>& case_id() const noexcept { return case_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

 private:
  struct Link {
    std::string name, kind, mac;
    bool up = false;
  };
  struct DropKey {
    std::string type, word, direction, protocol, destination, interface;
    std::uint16_t port = 0;
    auto operator<=>(const DropKey&) const = default;
  };
  struct DropCount {
    Duration since{0};
    std::uint64_t waiting = 0;  // seen after the event that was sent
    v1::Event last;
  };
  enum class Concern { outbound, interface, identity };

  void apply_link(const LinkObserved& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void apply_address(const AddressObserved& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void apply_route(const RouteObserved& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void apply_neighbour(const NeighbourObserved& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void apply_packet(const PacketLogged& seen, const GuardTime& now, const NewCase& new_case, Decisions& out);
  void judge_presence(const GuardTime& now, const NewCase& new_case, Decisions& out);
  void judge_addresses(const GuardTime& now, const NewCase& new_case, Decisions& out);
  void judge_routes(const GuardTime& now, const NewCase& new_case, Decisions& out);
  void violation(Concern concern, v1::Event event, const std::string& identity, const GuardTime& now,
                 const NewCase& new_case, Decisions& out);
  void fact(const std::string& key, const std::string& value, const GuardTime& now, Decisions& out);
  [[nodiscard]] bool cuts(Concern concern) const noexcept;
  [[nodiscard]] v1::Event event(std::string type, const GuardTime& now) const;

  JudgeTag judge_;
  NetworkExpectations expected_;
  std::map<int, Link> links_;
  std::map<std::string, std::string> addresses_;  // canonical address -> interface, link-local left out
  std::map<std::string, RouteObserved> defaults_; // default routes by gateway and interface
  std::map<std::string, std::string> facts_;
  std::map<std::string, Duration> standing_;      // violations already told, by identity, until they end
  std::map<DropKey, DropCount> drops_;
  std::uint64_t overflow_ = 0;                    // drops beyond the table's bound
  bool known_ = false;                            // a snapshot was taken
  bool judging_ = true;                           // false while a snapshot is still being put together
  std::optional<RawId> case_;
  std::string cause_;
};

}  // namespace kw::device
