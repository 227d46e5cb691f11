#pragma once
// OrderBook verifies signed orders and remembers the ones carried out, so that none works twice.
//
//   refusal          | when
//   malformed        | not an order
//   bad_signature    | not enough of the command rule's keys
//   not_approved     | not enough persons signed for it, or not the one who asked
//   wrong_device     | for another kiosk
//   expired          | past its expiry; orders have one, at most 7 days after issue
//   replayed         | carried out before
//   wrong_state      | a release where nothing is cut
//   wrong_case       | a release of another incident
#include <map>

#include "agent/identity/persons.h"

namespace kw::agent {

enum class OrderRefusal {
  malformed,
  bad_signature,
  not_approved,
  wrong_device,
  expired,
  replayed,
  wrong_state,
  wrong_case
};
[[nodiscard]] std::string_view name(OrderRefusal refusal) noexcept;

/// An order whose signatures, device and time are good. `kind` is RELEASE, CUT_OFF, SECTION or UNINSTALL.
struct VerifiedOrder {
  v1::OrderKind kind = v1::ORDER_UNSPECIFIED;
  OrderId id;
  Bytes case_id;
  Timestamp expires;
};

class OrderBook {
 public:
  /// load reads the orders remembered in `state`, which must outlive the book.
  static Result<OrderBook> load(const StateDirectory& state);
  [[nodiscard]] tl::expected<VerifiedOrder, OrderRefusal> verify(const v1::Signed& object, const Command& command,
                                                                 const Persons& persons, Timestamp now) const;
  /// remember stores the order durably; expired ones are forgotten then, for expiry refuses them anyway.
  Result<> remember(const VerifiedOrder& order, Timestamp now);

 private:
  explicit OrderBook(const StateDirectory& state) : state_(&state) {}
  const StateDirectory* state_;
  std::map<OrderId, Timestamp> done_;
};

}  // namespace kw::agent
