#pragma once
// OrderService signs the orders that end a cut or begin one, which the link delivers until they are settled, and those
// that let an agent be removed, which a person brings to the kiosk.
//
// Where the rule of persons asks for their signatures, an order is made, stands as "unsigned", and is delivered once
// they have signed (SigningService); an order that nobody signs in its time is refused. Thread-safe.
#include "kioskward/v1/device.pb.h"
#include "server/auth_service.h"
#include "server/platform_keys.h"
#include "server/signing_service.h"

namespace kw::server {

class OrderService {
 public:
  static constexpr Duration kValidity = std::chrono::hours(24);
  /// A look is for now: a kiosk that comes back later must not begin to show what nobody looks at any more.
  static constexpr Duration kLookValidity = std::chrono::minutes(10);
  OrderService(Changes& changes, const PlatformKeys& keys, SigningService& signings);

  /// release: Errc::wrong_state unless the device is cut. cut: Errc::wrong_state where it is cut or disabled.
  Result<store::Order> release(const DeviceId& id, const std::string& reason, const Actor& who);
  /// action orders something of a section of the kiosk's defence; Errc::invalid where policy knows no such action.
  Result<store::Order> action(const DeviceId& id, v1::Order wanted, const std::string& reason, const Actor& who);
  /// action_within does the same inside a change of the caller's; the action is known to policy and the device enabled.
  /// Orders are delivered by when they were issued: `ago` says which of two goes first.
  Result<store::Order> action_within(Change& change, const DeviceId& id, const v1::Order& wanted,
                                     const std::string& reason, const Actor& who, Duration ago = {}) {
    return issue(change, id, wanted, reason, who, ago);
  }
  Result<store::Order> cut(const DeviceId& id, const std::string& reason, const Actor& who);
  /// uninstall signs an order of kind UNINSTALL; it is recorded, and never goes over the link. Errc::not_found.
  struct Handed {
    OrderId id;
    Timestamp expires;
    Bytes signed_octets;
    std::optional<store::SigningId> signing;  // persons have to sign it first; the finished one is had there
  };
  Result<Handed> uninstall(const DeviceId& id, const std::string& reason, const Actor& who);

 private:
  /// issue signs and stores `order`, whose kind, case, section, action and arguments are set.
  Result<store::Order> issue(Change& change, const DeviceId& id, v1::Order order, const std::string& reason,
                             const Actor& who, Duration ago = {});
  /// ask_persons has `order` signed by persons where they are asked for; nothing where they are not.
  Result<std::optional<store::SigningId>> ask_persons(Change& change, const v1::Order& order, const Bytes& octets,
                                                      const std::string& kind, const OrderId& id, const Actor& who);
  /// sign completes `order` and signs it; valid for validity_of(order) from `issued`.
  Result<Bytes> sign(v1::Order& order, const OrderId& order_id, const DeviceId& device, const std::string& reason,
                     Timestamp issued) const;
  [[nodiscard]] static Duration validity_of(const v1::Order& order);
  Changes& changes_;
  const PlatformKeys& keys_;
  SigningService& signings_;
};

}  // namespace kw::server
