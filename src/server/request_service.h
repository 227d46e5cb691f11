#pragma once
// RequestService is the way of orders that policy wants two persons for: one asks, another one approves, then the order
// is signed.
//
//   ask ── no second person needed ──> order
//       └─ needed ──> waiting ── approve, by another person ──> an order in the name of each, as kiosks count them
//                             ├─ reject, by anybody who may decide, or taken back by who asked
//                             └─ kValidity later: lapsed
//
// Which actions need it is policy's word: two_persons of the newest revision's section. Two persons are two people,
// not two accounts: staff numbers are compared. Everything is recorded with who and why. Thread-safe.
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

/// two_persons reads from a policy's sections (JSON form) whether a section wants two: its field two_persons. What is
/// no such text wants them: PURE.
[[nodiscard]] bool two_persons(std::string_view defence_json, const std::string& section);

}  // namespace kw::server
