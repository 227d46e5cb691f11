#pragma once
// RequestService is the way of orders that policy wants two persons for: one asks, another one approves, then the order
// is signed.
//
//   ask ── no second person needed ──> order
//       └─ needed ──> waiting ── approve, by another person ──> order
//                             ├─ reject, by anybody who may decide, or taken back by who asked
//                             └─ kValidity later: lapsed
//
// Which actions need it is policy's word: second_person of the newest revision's section. Two persons are two people,
// not two accounts: staff numbers are compared. Everything is recorded with who and why. Thread-safe.
#include <set>

#include "server/order_service.h"

namespace kw::server {

class RequestService {
 public:
  static constexpr Duration kValidity = std::chrono::hours(1);
  static constexpr std::uint64_t kMostWaiting = 16;  // of one device
  RequestService(Changes& changes, OrderService& orders) : changes_(changes), orders_(orders) {}

  /// ask gives the request as it stands: approved with its order where one person is enough. Errc::invalid for an
  /// action that policy does not know, Errc::wrong_state for a disabled device or too many that wait.
  Result<store::Request> ask(const DeviceId& device, v1::Order wanted, const std::string& reason, const Principal& who,
                             const std::string& trace);
  /// approve: Errc::forbidden for the person who asked, Errc::wrong_state where it does not wait (any more).
  Result<store::Request> approve(const RequestId& id, const std::string& reason, const Principal& who,
                                 const std::string& trace);
  Result<store::Request> reject(const RequestId& id, const std::string& reason, const Principal& who,
                                const std::string& trace);
  Result<std::vector<store::Request>> page(const store::RequestQuery& query);
  Result<store::Request> get(const RequestId& id);
  /// needs_two tells whether the newest policy wants a second person for an action.
  Result<bool> needs_two(const std::string& section, const std::string& action);
  /// tick lets requests lapse whose time is over.
  Result<> tick();

 private:
  Result<store::Request> waiting(Change& change, const RequestId& id);
  Changes& changes_;
  OrderService& orders_;
};

/// second_person reads from a policy's sections (JSON form) for which of a section's `actions` it wants one: its field
/// second_person is true (all of `actions`), or lists them. What is no such text wants it for all: PURE.
[[nodiscard]] std::set<std::string> second_person(std::string_view defence_json, const std::string& section,
                                                  const std::set<std::string>& actions);

}  // namespace kw::server
