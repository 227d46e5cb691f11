#pragma once
// LinkDesk is what the link process may ask of the guard, and ToLink what the guard tells the link process.
//
// The desk trusts nobody's word: bundles, orders and baselines are verified behind it. Both are called on the guard's
// one thread.
#include "kioskward/v1/boundary.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class LinkDesk {
 public:
  virtual ~LinkDesk() = default;
  /// admission_report gives what the guard knows; the link fills in challenge, binding, address and sequence, and
  /// signs.
  virtual v1::AdmissionReport admission_report() = 0;
  /// heartbeat gives state, policy, case and changed facts (`all_facts`: every one, at a new connection), and the
  /// guard's own answer to the platform's nonce, where there is one.
  virtual v1::Heartbeat heartbeat(const v1::HeartbeatWanted& wanted) = 0;
  virtual v1::PolicyReport on_policy(const v1::Signed& bundle) = 0;
  virtual v1::OrderReport on_order(const v1::Signed& order) = 0;
  virtual v1::BaselineReport on_baseline(const v1::Signed& baseline) = 0;
  virtual v1::PersonsReport on_persons(const v1::Signed& rule) = 0;
  virtual void on_link(bool up) = 0;
  /// on_session_begins: the local API is about to begin a session; gives the path of its own directory, or nothing.
  virtual std::string on_session_begins() = 0;
  virtual void on_session_ended(bool program_gone) = 0;
  /// The link process is the witness; what it thinks of the ledger is shown on the screen.
  virtual void on_ledger(bool refused) = 0;
  virtual void on_notice_shown(const std::string& case_id, std::string_view display) = 0;
  /// on_link_ready: a link process works; `told` where the one before has reported this guard's predecessor's death.
  virtual void on_link_ready(bool told) = 0;
};

class ToLink {
 public:
  virtual ~ToLink() = default;
  virtual void show(const v1::GuardState& state) = 0;
  virtual void beat_now() = 0;  // the state has changed: heartbeat at once
  virtual void wake() = 0;      // the network may be back: try now
  /// propose sends what a section has learnt; the newest of a section counts.
  virtual void propose(const std::string& section, Bytes content) = 0;
};

}  // namespace kw::agent
