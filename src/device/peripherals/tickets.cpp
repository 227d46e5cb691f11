#include "device/peripherals/tickets.h"

#include <algorithm>

#include "device/peripherals/rules.h"

namespace kw::device {
namespace {

// Whatever its serial number says now: that is one text more that an attacker's device makes up at its next start.
bool same(const v1::CondemnedPeripheral& caught, const Peripheral& device) {
  return caught.port() == device.port && caught.vendor() == device.vendor && caught.product() == device.product;
}

}  // namespace

void Tickets::gather() {
  rules_.clear();
  for (const auto& ticket : tickets_) rules_.push_back(ticket.stored.rule());
}

void Tickets::load(const v1::PeripheralState& state, const GuardTime& now) {
  tickets_.clear();
  condemned_.clear();
  for (const auto& stored : state.tickets()) {
    const Duration left(stored.left_ns());
    if (tickets_.size() == kMost || left > kLongest || left.count() < 0) continue;
    tickets_.push_back({stored, now.steady + left});
  }
  for (const auto& caught : state.condemned())
    if (condemned_.size() < kMost) condemned_.push_back(caught);
  gather();
}

v1::PeripheralState Tickets::save(const GuardTime& now) const {
  v1::PeripheralState out;
  out.set_version(1);
  for (const auto& ticket : tickets_) {
    auto& stored = *out.add_tickets();
    stored = ticket.stored;
    stored.set_left_ns(std::max<std::int64_t>(0, (ticket.ends - now.steady).count()));
  }
  for (const auto& caught : condemned_) *out.add_condemned() = caught;
  return out;
}

Result<> Tickets::permit(const v1::PeripheralRule& rule, const RawId& order, Timestamp until, const GuardTime& now) {
  if (std::ranges::any_of(rules_, [&](const auto& r) { return r.name() == rule.name(); }))
    return fail(Errc::already_exists, "exception " + rule.name());
  if (until <= now.utc) return fail(Errc::invalid, "the end has passed");
  if (until > now.utc + kLongest) return fail(Errc::invalid, "the end lies more than 31 days ahead");
  if (tickets_.size() == kMost) return fail(Errc::rate_limited, "64 exceptions stand already");
  Ticket made;
  *made.stored.mutable_rule() = rule;
  made.stored.set_order_id(copy_text(order));
  made.stored.set_until_ns(until.unix_ns);
  made.ends = now.steady + (until - now.utc);
  tickets_.push_back(std::move(made));
  gather();
  // Who grants an exception knows what the device did: what was caught before no longer counts against it.
  std::erase_if(condemned_, [&](const auto& caught) {
    return caught.vendor() == rule.vendor() && caught.product() == rule.product() &&
           (rule.serial().empty() || caught.serial() == rule.serial()) &&
           (rule.port().empty() || caught.port() == rule.port());
  });
  return {};
}

Result<v1::PeripheralTicket> Tickets::revoke(const std::string& name) {
  const auto found = std::ranges::find_if(tickets_, [&](const auto& t) { return t.stored.rule().name() == name; });
  if (found == tickets_.end()) return fail(Errc::not_found, "exception " + name);
  auto out = found->stored;
  tickets_.erase(found);
  gather();
  return out;
}

std::vector<v1::PeripheralTicket> Tickets::expire(const GuardTime& now) {
  std::vector<v1::PeripheralTicket> out;
  std::erase_if(tickets_, [&](const Ticket& ticket) {
    if (ticket.ends > now.steady && ticket.stored.until_ns() > now.utc.unix_ns) return false;
    out.push_back(ticket.stored);
    return true;
  });
  if (!out.empty()) gather();
  return out;
}

void Tickets::condemn(const Peripheral& device, std::string reason) {
  std::erase_if(condemned_, [&](const auto& caught) { return same(caught, device); });
  if (condemned_.size() == kMost) condemned_.erase(condemned_.begin());
  v1::CondemnedPeripheral caught;
  caught.set_port(device.port);
  caught.set_vendor(device.vendor);
  caught.set_product(device.product);
  caught.set_serial(device.serial);
  caught.set_reason(std::move(reason));
  condemned_.push_back(std::move(caught));
}

std::optional<std::string> Tickets::condemned(const Peripheral& device) const {
  const auto found = std::ranges::find_if(condemned_, [&](const auto& caught) { return same(caught, device); });
  if (found == condemned_.end()) return std::nullopt;
  return found->reason();
}

Result<> Tickets::pardon(const std::string& port) {
  if (std::erase_if(condemned_, [&](const auto& caught) { return caught.port() == port; }) == 0)
    return fail(Errc::not_found, "nothing was caught at port " + port);
  return {};
}

}  // namespace kw::device
