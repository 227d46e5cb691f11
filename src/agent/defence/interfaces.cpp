#include "agent/defence/interfaces.h"

#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

std::string key_of(const InterfaceWord& word) { return word.action + " " + word.subject + " " + word.from; }

v1::InterfaceBaseline baseline_of(const InterfacePort::Origin& origin) {
  v1::InterfaceBaseline out;
  out.set_path(origin.path);
  out.set_driver(origin.driver);
  out.set_permanent_mac(origin.permanent_mac);
  return out;
}

}  // namespace

Result<> InterfaceDefence::start(DefenceHost& host) {
  host_ = &host;
  return {};
}

Result<> InterfaceDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto& section = policy.interfaces();
  const auto& bound = policy.network().interface();
  mode_ = policy.has_interfaces() ? section.mode() : v1::OFF;
  standing_.clear();
  if (mode_ == v1::OFF) {
    holds_ = true;
    return {};
  }
  wanted_ = {};
  wanted_.port = {bound.name(), bound.mac(), bound.address(), bound.gateway(), bound.gateway_mac()};
  wanted_.others_down = section.others_down();
  wanted_.bring_back = section.bring_back();
  wanted_.restore_identity = section.restore_identity();
  wanted_.pin_gateway = section.pin_gateway();
  wanted_.radios_off = section.radios_off();
  wanted_.refuse_autoconfiguration = section.refuse_autoconfiguration();
  wanted_.resolvers.assign(section.resolvers().begin(), section.resolvers().end());
  wanted_.tolerated.insert(section.tolerated().begin(), section.tolerated().end());
  if (wanted_.port.name.empty()) return fail(Errc::invalid, "the policy pins no interface");
  load_gateway_mac();
  pass();
  check_origin();
  return {};
}

void InterfaceDefence::observe(const Observation& seen) {
  const bool network = std::holds_alternative<LinkObserved>(seen) || std::holds_alternative<AddressObserved>(seen) ||
                       std::holds_alternative<RouteObserved>(seen) || std::holds_alternative<NeighbourObserved>(seen);
  if (!network || mode_ == v1::OFF || std::exchange(scheduled_, true)) return;
  host_->post([this] {  // one look for all that came together
    scheduled_ = false;
    pass();
  });
}

void InterfaceDefence::tick() {
  if (mode_ != v1::OFF) pass();
}

Result<InterfacesSeen> InterfaceDefence::look() {
  auto seen = port_->look(wanted_.port);
  if (!seen) {
    holds_ = false;
    host_->log().error("interfaces.look_failed", {{"error", seen.error().text()}});
  }
  return seen;
}

void InterfaceDefence::pass() {
  if (mode_ == v1::OFF) return;
  const auto seen = look();
  if (!seen) return;
  learn_gateway(*seen);
  auto plan = plan_interfaces(wanted_, *seen);
  if (mode_ == v1::ENFORCE) enforce(std::move(plan));
  else watch(plan);
  tell_facts(*seen);
}

void InterfaceDefence::enforce(std::vector<InterfaceChange> plan) {
  for (int round = 0; round < kRounds && !plan.empty(); ++round) {
    for (const auto& change : plan) {
      const auto done = port_->apply(change);
      if (done) {
        tell(change, "blocked");
        continue;
      }
      // A port that went while it was being set down is no failure; the next look tells.
      if (round + 1 == kRounds) tell_failure(word_of(change), done.error().text());
    }
    const auto again = look();
    if (!again) return;
    plan = plan_interfaces(wanted_, *again);
  }
  holds_ = plan.empty();
  if (holds_) {
    standing_.clear();
    return;
  }
  for (const auto& change : plan)
    if (!std::holds_alternative<LinkUp>(change)) tell_failure(word_of(change), "still wrong after being put right");
  if (!std::exchange(cut_told_, true)) host_->cut("interface.restore.failed");
}

void InterfaceDefence::watch(const std::vector<InterfaceChange>& plan) {
  Told now;
  for (const auto& change : plan) {
    const auto key = key_of(word_of(change));
    now.insert(key);
    if (!standing_.contains(key)) tell(change, "observed");
  }
  standing_ = std::move(now);
  holds_ = true;
}

void InterfaceDefence::tell(const InterfaceChange& change, std::string_view result) {
  const auto word = word_of(change);
  const std::string outcome(result);
  if (const auto* down = std::get_if<LinkDown>(&change)) {
    host_->record(defence_event("interface.refused", outcome,
                                {{"interface", down->name}, {"kind", down->kind}, {"process", port_->owner(down->name)}}));
    return;
  }
  if (std::holds_alternative<BringBack>(change)) {
    host_->record(defence_event("interface.port.moved", outcome, {{"interface", word.subject}}));
    return;
  }
  if (std::holds_alternative<LinkUp>(change)) return;  // a step on the way of another change
  if (const auto* pin = std::get_if<PinNeighbour>(&change); pin != nullptr && (pin->from.empty() || pin->from == pin->mac))
    return;  // the entry is made permanent: nothing was wrong
  host_->record(defence_event("interface.restored", outcome,
                              {{"what", word.action}, {"subject", word.subject}, {"from", word.from}, {"to", word.to}}));
}

void InterfaceDefence::tell_failure(const InterfaceWord& word, const std::string& reason) {
  if (!standing_.insert("failed " + key_of(word)).second) return;
  host_->log().error("interfaces.not_restored", {{"what", word.action}, {"subject", word.subject}, {"reason", reason}});
  host_->record(defence_event("interface.restore.failed", "failed",
                              {{"what", word.action}, {"subject", word.subject}, {"reason", reason}}));
}

// ---- the gateway's MAC ------------------------------------------------------------------------------------------

void InterfaceDefence::load_gateway_mac() {
  if (!wanted_.port.gateway_mac.empty() || wanted_.port.gateway.empty()) return;
  const auto dir = host_->state_path(section());
  if (!dir) return;
  const auto file = platform::read_file(*dir + "/gateway", 256);
  if (!file) return;
  const auto line = copy_text(*file);
  const auto blank = line.find(' ');
  if (blank != std::string::npos && line.substr(0, blank) == wanted_.port.gateway)
    wanted_.port.gateway_mac = line.substr(blank + 1);
}

Result<> InterfaceDefence::keep_gateway_mac() {
  KW_TRY(const auto dir, host_->state_path(section()));
  return platform::write_file_durably(dir + "/gateway", bytes_of(wanted_.port.gateway + " " + wanted_.port.gateway_mac), 0600);
}

void InterfaceDefence::learn_gateway(const InterfacesSeen& seen) {
  auto& port = wanted_.port;
  if (!wanted_.pin_gateway || !port.gateway_mac.empty() || port.gateway.empty()) return;
  for (const auto& neighbour : seen.neighbours) {
    if (neighbour.address != port.gateway || neighbour.interface != port.name || neighbour.mac.empty()) continue;
    port.gateway_mac = neighbour.mac;
    if (const auto kept = keep_gateway_mac(); !kept)
      host_->log().error("interfaces.gateway_not_stored", {{"error", kept.error().text()}});
    return;
  }
}

// ---- where the port sits ----------------------------------------------------------------------------------------

Result<> InterfaceDefence::baseline(const v1::Baseline& baseline) {
  KW_TRY(baseline_, schema::parse<v1::InterfaceBaseline>(bytes_of(baseline.content()), 4096));
  if (mode_ != v1::OFF) check_origin();
  return {};
}

void InterfaceDefence::check_origin() {
  const auto origin = port_->origin(wanted_.port.name);
  if (!origin) return;  // the port is gone, which the network guard tells
  host_->fact("interfaces.path", origin->path, "sysfs");
  host_->fact("interfaces.driver", origin->driver, "sysfs");
  host_->fact("interfaces.permanent_mac", origin->permanent_mac, "rtnetlink");
  const auto seen = baseline_of(*origin);
  if (!baseline_) {
    if (!std::exchange(proposed_, true)) host_->propose(std::string(section()), schema::serialise(seen));
    return;
  }
  const std::pair<const char*, std::pair<std::string, std::string>> parts[] = {
      {"path", {baseline_->path(), seen.path()}},
      {"driver", {baseline_->driver(), seen.driver()}},
      {"permanent_mac", {baseline_->permanent_mac(), seen.permanent_mac()}}};
  for (const auto& [what, values] : parts) {
    const auto& [bound, observed] = values;
    if (bound == observed || !standing_.insert(std::string("origin ") + what).second) continue;
    auto event = defence_event("interface.port.replaced", mode_ == v1::ENFORCE ? "blocked" : "observed",
                               {{"what", what}, {"bound", bound}, {"observed", observed}});
    if (mode_ == v1::ENFORCE) event.set_case_id(copy_text(host_->cut("interface.port.replaced")));
    host_->record(std::move(event));
  }
}

void InterfaceDefence::tell_facts(const InterfacesSeen& seen) {
  std::string up, resolvers, radios;
  const auto add = [](std::string& to, const std::string& word) {
    if (to.size() < 200) to += (to.empty() ? "" : " ") + word;
  };
  for (const auto& link : seen.links)
    if (link.up && link.kind != "loopback" && link.name != wanted_.port.name) add(up, link.name);
  for (const auto& one : seen.resolvers) add(resolvers, one);
  for (const auto& one : seen.radios_on) add(radios, one);
  host_->fact("interfaces.others_up", up, "rtnetlink");
  host_->fact("interfaces.resolvers", resolvers, "resolv.conf");
  host_->fact("interfaces.radios_on", radios, "rfkill");
  host_->fact("interfaces.gateway_mac", wanted_.port.gateway_mac, "rtnetlink");
}

}  // namespace kw::agent
