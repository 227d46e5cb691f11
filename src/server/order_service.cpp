#include "server/order_service.h"

#include "pki/signed.h"
#include "schema/codec.h"

namespace kw::server {

Result<store::Order> OrderService::issue(Change& change, const DeviceId& id, v1::OrderKind kind, Bytes case_id,
                                         const std::string& reason, const Actor& who) {
  const auto now = changes_.clock().now();
  const bool release = kind == v1::RELEASE;
  store::Order row;
  row.id = OrderId::make(now, changes_.random());
  row.device = id;
  row.kind = release ? "release" : "cut";
  row.case_id = std::move(case_id);
  row.issued = now;
  row.expires = now + kValidity;
  row.reason = reason;
  v1::Order order;
  order.set_version(1);
  order.set_order_id(copy_text(row.id.bytes()));
  order.set_device_id(copy_text(id.bytes()));
  order.set_kind(kind);
  order.set_case_id(copy_text(row.case_id));
  order.set_issued_ns(row.issued.unix_ns);
  order.set_expires_ns(row.expires.unix_ns);
  order.set_reason(reason);
  KW_TRY(auto object, pki::sign_object("order", schema::serialise(order), keys_.command_key()));
  row.signed_octets = schema::serialise(object);
  KW_CHECK(change.repositories().orders().insert(row));
  KW_CHECK(change.record({.type = release ? "device.release.ordered" : "device.cut.ordered",
                          .actor = who,
                          .device = id,
                          .params = {{"order", row.id.text()}, {"reason", reason}},
                          .case_id = row.case_id}));
  change.order_made(id);
  return row;
}

Result<store::Order> OrderService::release(const DeviceId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Order> {
    KW_TRY(auto device, change.repositories().devices().get(id));
    if (device.live != store::DeviceLive::cut) return fail(Errc::wrong_state, "not cut");
    return issue(change, id, v1::RELEASE, device.case_id, reason, who);
  });
}

Result<store::Order> OrderService::cut(const DeviceId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Order> {
    KW_TRY(auto device, change.repositories().devices().get(id));
    if (device.disabled || device.live == store::DeviceLive::cut)
      return fail(Errc::wrong_state, std::string(name(device.live)));
    const auto case_id = EventId::make(changes_.clock().now(), changes_.random());
    return issue(change, id, v1::CUT_OFF, copy(case_id.bytes()), reason, who);
  });
}

}  // namespace kw::server
