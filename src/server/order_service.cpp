#include "server/order_service.h"

#include "pki/signed.h"
#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::server {

namespace {

struct Words {
  std::string_view kind, event;
};
Words words_of(v1::OrderKind kind) {
  switch (kind) {
    case v1::RELEASE:
      return {"release", "device.release.ordered"};
    case v1::SECTION:
      return {"section", "device.action.ordered"};
    default:
      return {"cut", "device.cut.ordered"};
  }
}

v1::Order order_of(v1::OrderKind kind, ByteView case_id) {
  v1::Order out;
  out.set_kind(kind);
  out.set_case_id(copy_text(case_id));
  return out;
}

}  // namespace

OrderService::OrderService(Changes& changes, const PlatformKeys& keys, SigningService& signings)
    : changes_(changes), keys_(keys), signings_(signings) {
  const auto complete = [](Change& change, const store::Signing& signing, const Actor&) -> Result<> {
    KW_TRY(const auto id, OrderId::parse(signing.subject));
    KW_CHECK(change.repositories().orders().complete(id, signing.object));
    change.order_made(signing.device);
    change.device_changed(signing.device);
    return {};
  };
  const auto dropped = [](Change& change, const store::Signing& signing, const Actor&) -> Result<> {
    KW_TRY(const auto id, OrderId::parse(signing.subject));
    change.device_changed(signing.device);
    return change.repositories().orders().settle(id, store::OrderState::refused, "not signed: " + signing.decision);
  };
  signings_.set_hooks("order", {complete, dropped});
}

Result<std::optional<store::SigningId>> OrderService::ask_persons(Change& change, const v1::Order& order,
                                                                  const Bytes& octets, const std::string& kind,
                                                                  const OrderId& id, const Actor& who) {
  const auto act = pki::act_of(order.kind());
  KW_TRY(const auto needed, SigningService::needed(change.repositories(), act));
  if (needed == 0) return std::optional<store::SigningId>();
  SigningDraft draft;
  draft.kind = kind;
  draft.subject = id.text();
  KW_TRY(draft.device, DeviceId::from_bytes(bytes_of(order.device_id())));
  draft.act = act;
  draft.must = order.person();
  KW_TRY(draft.object, schema::parse<v1::Signed>(octets, octets.size()));
  draft.words = {{"order", std::string(pki::name(act))}, {"reason", order.reason()}};
  if (order.kind() == v1::SECTION) {
    draft.words.insert({{"section", order.section()}, {"action", order.action()}});
    for (const auto& [key, value] : order.args()) draft.words["args." + key] = value;
  }
  draft.expires = Timestamp{order.expires_ns()};
  KW_TRY(const auto signing, signings_.ask(change, std::move(draft), who));
  return std::optional(signing.id);
}

Duration OrderService::validity_of(const v1::Order& order) {
  const bool look = order.section() == "camera" && (order.action() == "live" || order.action() == "snapshot");
  return look ? kLookValidity : kValidity;
}

Result<Bytes> OrderService::sign(v1::Order& order, const OrderId& order_id, const DeviceId& device,
                                 const std::string& reason, Timestamp issued) const {
  order.set_version(1);
  order.set_order_id(copy_text(order_id.bytes()));
  order.set_device_id(copy_text(device.bytes()));
  order.set_issued_ns(issued.unix_ns);
  order.set_expires_ns((issued + validity_of(order)).unix_ns);
  order.set_reason(reason);
  KW_TRY(const auto object, pki::sign_object("order", schema::serialise(order), keys_.command_key()));
  return schema::serialise(object);
}

Result<store::Order> OrderService::issue(Change& change, const DeviceId& id, v1::Order order, const std::string& reason,
                                         const Actor& who, Duration ago) {
  const auto now = changes_.clock().now() - ago;
  const auto words = words_of(order.kind());
  store::Order row;
  row.id = OrderId::make(now, changes_.random());
  row.device = id;
  row.kind = words.kind;
  row.case_id = copy(bytes_of(order.case_id()));
  row.issued = now;
  row.expires = now + validity_of(order);
  row.reason = reason;
  row.section = order.section();
  row.action = order.action();
  row.args.insert(order.args().begin(), order.args().end());
  order.set_person(who.person);
  KW_TRY(row.signed_octets, sign(order, row.id, id, reason, row.issued));
  KW_TRY(const auto signing, ask_persons(change, order, row.signed_octets, "order", row.id, who));
  if (signing) row.state = store::OrderState::unsigned_yet;
  KW_CHECK(change.repositories().orders().insert(row));
  std::map<std::string, std::string> params{{"order", row.id.text()}, {"reason", reason}};
  if (order.kind() == v1::SECTION) params.insert({{"section", row.section}, {"action", row.action}});
  KW_CHECK(change.record({.type = std::string(words.event),
                          .actor = who,
                          .device = id,
                          .params = std::move(params),
                          .case_id = row.case_id}));
  if (!signing) change.order_made(id);
  return row;
}

Result<OrderService::Handed> OrderService::uninstall(const DeviceId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<Handed> {
    KW_CHECK(change.repositories().devices().get(id));
    const auto now = changes_.clock().now();
    Handed out{OrderId::make(now, changes_.random()), now + kValidity, {}, {}};
    auto order = order_of(v1::UNINSTALL, {});
    order.set_person(who.person);
    KW_TRY(out.signed_octets, sign(order, out.id, id, reason, now));
    KW_TRY(out.signing, ask_persons(change, order, out.signed_octets, "uninstall", out.id, who));
    if (out.signing) out.signed_octets.clear();
    KW_CHECK(change.record({.type = "device.uninstall.ordered",
                            .actor = who,
                            .device = id,
                            .params = {{"order", out.id.text()}, {"reason", reason}}}));
    return out;
  });
}

Result<store::Order> OrderService::release(const DeviceId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Order> {
    KW_TRY(auto device, change.repositories().devices().get(id));
    if (device.live != store::DeviceLive::cut) return fail(Errc::wrong_state, "not cut");
    return issue(change, id, order_of(v1::RELEASE, device.case_id), reason, who);
  });
}

Result<store::Order> OrderService::action(const DeviceId& id, v1::Order wanted, const std::string& reason,
                                          const Actor& who) {
  wanted.set_kind(v1::SECTION);
  if (policy::find_action(wanted) == nullptr) return fail(Errc::invalid, "/action: no such action, or other arguments");
  return changes_.run([&](Change& change) -> Result<store::Order> {
    KW_TRY(auto device, change.repositories().devices().get(id));
    if (device.disabled) return fail(Errc::wrong_state, "disabled");
    return issue(change, id, wanted, reason, who);
  });
}

Result<store::Order> OrderService::cut(const DeviceId& id, const std::string& reason, const Actor& who) {
  return changes_.run([&](Change& change) -> Result<store::Order> {
    KW_TRY(auto device, change.repositories().devices().get(id));
    if (device.disabled || device.live == store::DeviceLive::cut)
      return fail(Errc::wrong_state, std::string(name(device.live)));
    const auto case_id = EventId::make(changes_.clock().now(), changes_.random());
    return issue(change, id, order_of(v1::CUT_OFF, case_id.bytes()), reason, who);
  });
}

}  // namespace kw::server
