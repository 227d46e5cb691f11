// What PeripheralDefence does about keyboards that type too fast, readers with another module, and exceptions.
#include <algorithm>

#include "agent/defence/peripherals.h"
#include "platform/linux/durable_file.h"
#include "policy/sections/peripherals.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostCaughtState = 256 << 10;

v1::Event about_ticket(std::string type, const v1::PeripheralTicket& ticket) {
  return defence_event(std::move(type), "success",
                       {{"rule", ticket.rule().name()}, {"order", to_hex(bytes_of(ticket.order_id()))}});
}

}  // namespace

// ---- keys -------------------------------------------------------------------------------------------------------

void PeripheralDefence::tap_keyboards() {
  const auto wanted = watch_.keyboards();
  const auto known = [&](const Tapped& one) { return std::ranges::find(wanted, one) != wanted.end(); };
  for (auto at = taps_.begin(); at != taps_.end();) {
    const auto which = (at++)->first;
    if (!known(which)) untap(which);
  }
  std::erase_if(caught_, [&](const Tapped& one) { return !known(one); });
  for (const auto& which : wanted) {
    if (taps_.contains(which) || caught_.contains(which)) continue;
    const auto fd = ports_.keys->open(which.node);
    if (!fd) continue;  // the node comes a moment after its device; the next look tries again
    taps_.emplace(which, Tap{*fd, TypingGauge(policy_.typing().keys_per_second(),
                                              std::chrono::milliseconds(policy_.typing().window_ms()))});
    host_->watch(*fd, [this, which] { on_keys(which); });
  }
}

void PeripheralDefence::untap(const Tapped& which) {
  const auto found = taps_.find(which);
  if (found == taps_.end()) return;
  host_->unwatch(found->second.fd);
  ports_.keys->close(found->second.fd);
  taps_.erase(found);
}

void PeripheralDefence::on_keys(const Tapped& which) {
  const auto found = taps_.find(which);
  if (found == taps_.end()) return;
  auto& gauge = found->second.gauge;
  const auto down = ports_.keys->read(found->second.fd);
  if (!down) return untap(which);
  for (const auto& at : *down) {
    if (!gauge.press(at)) continue;
    auto event = watch_.typed(which.handle, gauge.most() + 1);
    caught_.insert(which);  // told once for this plugging-in
    untap(which);
    if (event) caught(which.handle, std::move(*event), "typing");
    return;
  }
}

void PeripheralDefence::caught(const std::string& handle, v1::Event event, const std::string& reason) {
  if (policy_.mode() != v1::ENFORCE) return host_->record(std::move(event));
  if (policy_.cut_on_attack()) event.set_case_id(copy_text(host_->cut(event.type())));
  host_->record(std::move(event));
  if (const auto* device = watch_.find(handle)) tickets_.condemn(*device, reason);
  if (const auto kept = save(tickets_); !kept)
    host_->log().error("peripherals.state_not_stored", {{"error", kept.error().text()}});
  want(host_->now().steady);
}

// ---- readers' modules -------------------------------------------------------------------------------------------

void PeripheralDefence::ask_modules() {
  const auto lines = watch_.module_lines();
  const auto gone = [&](const Tapped& one) { return std::ranges::find(lines, one) == lines.end(); };
  std::erase_if(asked_, [&](const auto& one) { return gone(one.first); });
  std::erase_if(unread_, gone);
  const auto now = host_->now().steady;
  for (const auto& which : lines) {
    const auto due = asked_.find(which);
    if (due != asked_.end() && now < due->second) continue;
    asked_[which] = Duration::max();  // an answer is on its way
    ports_.ask([this, alive = alive_, host = host_, which] {
      auto number = ports_.modules->module_of(which.node);
      host->post([this, alive, which, number = std::move(number)] {
        if (*alive) module_told(which, number);
      });
    });
  }
}

void PeripheralDefence::module_told(const Tapped& which, const Result<std::string>& number) {
  const auto* device = watch_.find(which.handle);
  if (device == nullptr || device->generation != which.generation || policy_.mode() == v1::OFF) return;
  host_->fact("peripherals.module." + device->port, number ? *number : "unknown", "reader");
  if (number) {
    if (auto event = watch_.module_read(which.handle, *number)) caught(which.handle, std::move(*event), "module");
    return;
  }
  // The kiosk's own program may hold the line: asked again later, told once.
  asked_[which] = host_->now().steady + kAskModule;
  if (!unread_.insert(which).second) return;
  host_->record(
      defence_event("peripheral.module_unread", "failed", {{"port", device->port}, {"reason", number.error().text()}}));
}

// ---- exceptions -------------------------------------------------------------------------------------------------

Result<> PeripheralDefence::order(const v1::Order& order) {
  if (policy_.mode() == v1::OFF) return fail(Errc::wrong_state, "the section is off");
  if (order.action() == "permit") return permit(order);
  if (order.action() == "revoke") return revoke(order);
  if (order.action() == "pardon") return pardon(order);
  return fail(Errc::unsupported, "no action " + order.action());
}

Result<> PeripheralDefence::permit(const v1::Order& order) {
  KW_TRY(const auto asked, policy::read_permit(order));
  KW_TRY(const auto id, to_array<16>(bytes_of(order.order_id())));
  auto changed = tickets_;
  KW_CHECK(changed.permit(asked.rule, id, asked.until, host_->now()));
  KW_CHECK(adopt(std::move(changed)));
  host_->record(defence_event("peripheral.exception.granted", "success",
                              {{"rule", asked.rule.name()},
                               {"order", to_hex(id)},
                               {"vendor", asked.rule.vendor()},
                               {"product", asked.rule.product()},
                               {"serial", asked.rule.serial()},
                               {"port", asked.rule.port()},
                               {"until", to_rfc3339(asked.until)}}));
  want(host_->now().steady);
  return {};
}

Result<> PeripheralDefence::revoke(const v1::Order& order) {
  auto changed = tickets_;
  KW_TRY(const auto ticket, changed.revoke(order.args().at("name")));
  KW_CHECK(adopt(std::move(changed)));
  host_->record(about_ticket("peripheral.exception.revoked", ticket));
  want(host_->now().steady);
  return {};
}

Result<> PeripheralDefence::pardon(const v1::Order& order) {
  auto changed = tickets_;
  KW_CHECK(changed.pardon(order.args().at("port")));
  KW_CHECK(adopt(std::move(changed)));
  host_->record(defence_event("peripheral.pardoned", "success", {{"port", order.args().at("port")}}));
  want(host_->now().steady);
  return {};
}

void PeripheralDefence::expire() {
  const auto over = tickets_.expire(host_->now());
  for (const auto& ticket : over) host_->record(about_ticket("peripheral.exception.expired", ticket));
  if (over.empty()) return;
  if (const auto kept = save(tickets_); !kept)
    host_->log().error("peripherals.state_not_stored", {{"error", kept.error().text()}});
}

// Kept on disk before it counts: an exception that is gone after a power cut was none.
Result<> PeripheralDefence::adopt(Tickets changed) {
  KW_CHECK(save(changed));
  tickets_ = std::move(changed);
  return {};
}

Result<> PeripheralDefence::save(const Tickets& tickets) {
  return platform::write_file_durably(dir_ + "/state", schema::serialise(tickets.save(host_->now())));
}

void PeripheralDefence::load() {
  const auto octets = platform::read_file(dir_ + "/state", kMostCaughtState);
  if (!octets && octets.code() == Errc::not_found) return;
  const auto state =
      octets ? schema::parse<v1::PeripheralState>(*octets, kMostCaughtState) : Result<v1::PeripheralState>(octets.error());
  if (state && state->version() == 1) return tickets_.load(*state, host_->now());
  // Without its state the section is stricter, never laxer: no exception stands. What was condemned is judged anew.
  host_->log().error("peripherals.state_lost", {{"error", state ? "unknown version" : state.error().text()}});
}

}  // namespace kw::agent
