#include "agent/enforcer/orders.h"

#include "base/reader.h"
#include "base/writer.h"
#include "policy/sections/section.h"
#include "schema/codec.h"

namespace kw::agent {
namespace {
constexpr std::uint16_t kOrderVersion = 1;
constexpr auto kLongest = std::chrono::hours(7 * 24);
}  // namespace

std::string_view name(OrderRefusal refusal) noexcept {
  switch (refusal) {
    case OrderRefusal::malformed:
      return "malformed";
    case OrderRefusal::bad_signature:
      return "bad_signature";
    case OrderRefusal::not_approved:
      return "not_approved";
    case OrderRefusal::wrong_device:
      return "wrong_device";
    case OrderRefusal::expired:
      return "expired";
    case OrderRefusal::replayed:
      return "replayed";
    case OrderRefusal::wrong_state:
      return "wrong_state";
    case OrderRefusal::wrong_case:
      return "wrong_case";
  }
  return "malformed";
}

Result<OrderBook> OrderBook::load(const StateDirectory& state) {
  OrderBook book(state);
  KW_TRY(auto file, state.read(StateFile::orders));
  if (!file) return book;
  Reader in(*file);
  KW_TRY(auto version, in.u16());
  if (version != kOrderVersion) return fail(Errc::unsupported, state.path(StateFile::orders));
  while (!in.empty()) {
    KW_TRY(auto raw, in.take(16));
    KW_TRY(auto expires, in.u64());
    KW_TRY(auto id, OrderId::from_bytes(raw));
    book.done_[id] = Timestamp{static_cast<std::int64_t>(expires)};
  }
  return book;
}

tl::expected<VerifiedOrder, OrderRefusal> OrderBook::verify(const v1::Signed& object, const Command& command,
                                                            const Persons& persons, Timestamp now) const {
  const auto refuse = [](OrderRefusal why) { return tl::unexpected(why); };
  if (object.kind() != "order") return refuse(OrderRefusal::malformed);
  if (!pki::verify_object(object, "order", command.rule.keys, command.rule.order_threshold))
    return refuse(OrderRefusal::bad_signature);
  const auto order = schema::parse<v1::Order>(bytes_of(object.payload()), 64U << 10);
  if (!order || order->version() != 1 || order->kind() < v1::RELEASE || order->kind() > v1::UNINSTALL)
    return refuse(OrderRefusal::malformed);
  if (order->kind() == v1::SECTION && policy::find_action(*order) == nullptr) return refuse(OrderRefusal::malformed);
  if (!persons.approved(object, "order", pki::act_of(order->kind()), order->person()))
    return refuse(OrderRefusal::not_approved);
  const auto id = OrderId::from_bytes(bytes_of(order->order_id()));
  if (!id || (!order->case_id().empty() && order->case_id().size() != 16)) return refuse(OrderRefusal::malformed);
  if (!equal(bytes_of(order->device_id()), command.device.bytes())) return refuse(OrderRefusal::wrong_device);
  const Timestamp expires{order->expires_ns()}, issued{order->issued_ns()};
  if (expires <= now || expires - issued > kLongest || expires < issued) return refuse(OrderRefusal::expired);
  if (done_.contains(*id)) return refuse(OrderRefusal::replayed);
  return VerifiedOrder{order->kind(), *id, copy(bytes_of(order->case_id())), expires};
}

Result<> OrderBook::remember(const VerifiedOrder& order, Timestamp now) {
  auto next = done_;
  std::erase_if(next, [&](const auto& entry) { return entry.second + kLongest < now; });
  next[order.id] = order.expires;
  Writer out;
  out.u16(kOrderVersion);
  for (const auto& [id, expires] : next) out.raw(id.bytes()).u64(static_cast<std::uint64_t>(expires.unix_ns));
  KW_CHECK(state_->write(StateFile::orders, out.view()));
  done_ = std::move(next);
  return {};
}

}  // namespace kw::agent
