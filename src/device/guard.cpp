#include "device/guard.h"

#include "base/text.h"
#include "device/address_text.h"

namespace kw::device {
namespace {

constexpr Duration kWindow = std::chrono::seconds(10);
constexpr std::size_t kMostDrops = 128;
constexpr std::size_t kMostStanding = 256;
constexpr std::size_t kMostKnown = 1024;  // links, addresses, default routes
constexpr std::size_t kLongestParam = 128;

}  // namespace

NetworkGuard::NetworkGuard(JudgeTag judge) : judge_(std::move(judge)) {}

void NetworkGuard::configure(NetworkExpectations expected) {
  expected.mac = lower(expected.mac);
  expected.gateway_mac = lower(expected.gateway_mac);
  expected.address = canonical_address(expected.address);
  expected.gateway = host_of(expected.gateway);
  if (expected.gateway != expected_.gateway) gateway_mac_.clear();
  expected_ = std::move(expected);
  standing_.clear();
}

void NetworkGuard::restore_cut(const RawId& case_id, std::string cause) {
  case_ = case_id;
  cause_ = std::move(cause);
}

bool NetworkGuard::cuts(Concern concern) const noexcept {
  if (expected_.mode != v1::ENFORCE) return false;
  return (concern == Concern::outbound && expected_.cut_on_illegal_outbound) ||
         (concern == Concern::interface && expected_.cut_on_interface_change) ||
         (concern == Concern::identity && expected_.cut_on_identity_change);
}

void NetworkGuard::sign(v1::Event& event) const {
  if (case_) event.set_case_id(case_->data(), case_->size());
}

void NetworkGuard::cut_for(Concern concern, const std::string& cause, const NewCase& new_case, Decisions& out) {
  if (case_ || !cuts(concern)) return;
  case_ = new_case();
  cause_ = cause;
  out.cut = CutDecision{*case_, cause};
}

Decisions NetworkGuard::snapshot(const std::vector<Observation>& present, const GuardTime& now,
                                 const NewCase& new_case) {
  const auto before = std::move(links_);
  links_.clear();
  addresses_.clear();
  defaults_.clear();
  gateway_mac_.clear();
  for (const auto& seen : present) remember(seen);
  for (auto& [index, link] : links_)  // a rename that happened between two looks
    if (const auto old = before.find(index); old != before.end())
      link.old = old->second.name == link.name ? old->second.old : old->second.name;
  known_ = true;
  Decisions out;
  judge(now, new_case, out);
  return out;
}

Decisions NetworkGuard::observe(const Observation& seen, const GuardTime& now, const NewCase& new_case) {
  Decisions out;
  if (const auto* logged = std::get_if<PacketLogged>(&seen)) {
    packet(*logged, now, new_case, out);
  } else if (std::holds_alternative<RulesetTouched>(seen)) {
    out.ruleset_touched = true;
  } else if (const auto* lost = std::get_if<SensorLost>(&seen)) {
    out.want_snapshot = true;
    const auto told = lost_.find(lost->sensor);
    if (told == lost_.end() || now.steady - told->second >= kWindow) {
      if (lost_.size() >= kMostStanding) lost_.clear();
      lost_[lost->sensor] = now.steady;
      auto& event = out.events.emplace_back();
      event.set_version(1);
      event.set_type("net.sensor.lost");
      event.set_result("observed");
      event.set_time_ns(now.utc.unix_ns);
      (*event.mutable_params())["sensor"] = lost->sensor.substr(0, kLongestParam);
      (*event.mutable_params())["lost"] = std::to_string(lost->lost);
      sign(event);
    }
  } else {
    remember(seen);
    if (known_) judge(now, new_case, out);
  }
  return out;
}

void NetworkGuard::remember(const Observation& seen) {
  if (const auto* link = std::get_if<LinkObserved>(&seen)) return remember_link(*link);
  if (const auto* route = std::get_if<RouteObserved>(&seen)) return remember_route(*route);
  if (const auto* address = std::get_if<AddressObserved>(&seen)) {
    if (address->link_local && address->address.find(':') != std::string::npos) return;
    const auto text = canonical_address(address->address);
    const auto key = address->interface + " " + text;
    if (address->change == Change::removed)
      addresses_.erase(key);
    else if (addresses_.size() < kMostKnown)
      addresses_[key] = text;
  }
  if (const auto* neighbour = std::get_if<NeighbourObserved>(&seen)) {
    const bool resolved = !neighbour->mac.empty() && neighbour->mac != "00:00:00:00:00:00";
    if (neighbour->change != Change::removed && resolved && neighbour->interface == expected_.interface &&
        !expected_.gateway.empty() && host_of(neighbour->address) == expected_.gateway)
      gateway_mac_ = lower(neighbour->mac);
  }
}

void NetworkGuard::remember_link(const LinkObserved& seen) {
  const auto at = links_.find(seen.index);
  if (seen.change == Change::removed) {
    if (at == links_.end()) return;
    const auto name = at->second.name;
    links_.erase(at);
    std::erase_if(addresses_, [&](const auto& entry) { return entry.first.starts_with(name + " "); });
    return;
  }
  if (at == links_.end() && links_.size() >= kMostKnown) return;
  Link link{seen.name, seen.kind, lower(seen.mac), lower(seen.permanent_mac), {}};
  if (at != links_.end()) {
    const auto& before = at->second;
    link.old = before.name == seen.name ? before.old : before.name;
    if (before.name != seen.name) {  // addresses stay on a link that is renamed
      std::map<std::string, std::string> moved;
      for (const auto& [key, text] : addresses_)
        moved[key.starts_with(before.name + " ") ? seen.name + " " + text : key] = text;
      addresses_ = std::move(moved);
    }
  }
  links_[seen.index] = std::move(link);
}

void NetworkGuard::remember_route(const RouteObserved& seen) {
  static constexpr std::string_view kDefaults[] = {"default",     "0.0.0.0/0", "::/0",    "0.0.0.0/1",
                                                   "128.0.0.0/1", "::/1",      "8000::/1"};
  std::string_view destination;
  for (const auto known : kDefaults)
    if (seen.destination == known) destination = known;
  if (destination.empty()) return;
  if (destination.ends_with("/0")) destination = "default";
  const auto gateway = host_of(seen.gateway);
  const auto key = gateway + " " + seen.interface + " " + std::string(destination);
  if (seen.change == Change::removed) {
    defaults_.erase(key);
    return;
  }
  if (seen.change == Change::changed) {  // replaced: one of the same family and destination goes
    const bool v6 = gateway.find(':') != std::string::npos;
    std::erase_if(defaults_, [&](const auto& entry) {
      const bool old_v6 = entry.first.substr(0, entry.first.find(' ')).find(':') != std::string::npos;
      return old_v6 == v6 && entry.first.ends_with(" " + std::string(destination));
    });
  }
  if (defaults_.size() >= kMostKnown) return;
  auto text = gateway.empty() ? "dev " + seen.interface : gateway + " dev " + seen.interface;
  defaults_[key] = destination == "default" ? text : std::string(destination) + " via " + text;
}

// Compares what is wrong now with what was told, tells what is new, and cuts where the policy says so.
void NetworkGuard::judge(const GuardTime& now, const NewCase& new_case, Decisions& out) {
  if (expected_.mode != v1::OFF && expected_.gateway_mac.empty() && !gateway_mac_.empty()) {
    expected_.gateway_mac = gateway_mac_;
    out.learnt_gateway_mac = gateway_mac_;
  }
  tell_facts(now.utc, out);
  if (expected_.mode != v1::ENFORCE && expected_.mode != v1::WATCH) return;
  auto wrong = present_violations(now.utc);
  for (auto& [identity, standing] : standing_) standing.active = standing.active && wrong.contains(identity);
  std::erase_if(standing_,
                [&](const auto& entry) { return !entry.second.active && now.steady - entry.second.told >= kWindow; });
  for (auto& [identity, violation] : wrong) {
    const auto told = standing_.find(identity);
    if (told != standing_.end() && told->second.active) continue;
    const bool was_cut = cut();
    cut_for(violation.concern, violation.event.type(), new_case, out);
    if (told != standing_.end()) {  // it flaps
      told->second.active = true;
      if (was_cut || !cut()) continue;
      told->second.told = now.steady;
    } else if (standing_.size() < kMostStanding) {
      standing_[identity] = {now.steady, true};
    } else if (was_cut) {
      continue;
    }
    sign(violation.event);
    out.events.push_back(std::move(violation.event));
  }
}

Decisions NetworkGuard::kernel_tripped(const GuardTime& now, const NewCase& new_case) {
  Decisions out;
  if (case_ || expected_.mode != v1::ENFORCE) return out;
  case_ = new_case();
  cause_ = "net.outbound.illegal";
  out.cut = CutDecision{*case_, cause_};
  auto& event = out.events.emplace_back();
  event.set_version(1);
  event.set_type(cause_);
  event.set_result("blocked");
  event.set_time_ns(now.utc.unix_ns);
  sign(event);
  return out;
}

Decisions NetworkGuard::order_cut(const RawId& case_id, const GuardTime&) {
  Decisions out;
  if (case_) return out;
  case_ = case_id;
  cause_ = "device.cut.ordered";
  out.cut = CutDecision{case_id, cause_};
  return out;
}

Decisions NetworkGuard::defence_cut(const std::string& cause, const NewCase& new_case) {
  Decisions out;
  if (case_) return out;
  case_ = new_case();
  cause_ = cause;
  out.cut = CutDecision{*case_, cause_};
  return out;
}

Result<Decisions> NetworkGuard::release(const std::vector<Observation>& present, const GuardTime& now,
                                        const NewCase& new_case) {
  if (!case_) return fail(Errc::wrong_state, "nothing is cut");
  Decisions out;
  for (auto& [key, count] : drops_) {  // what was counted belongs to the case that ends
    if (count.waiting == 0) continue;
    (*count.last.mutable_params())["count"] = std::to_string(count.waiting);
    sign(count.last);
    out.events.push_back(std::move(count.last));
  }
  drops_.clear();
  case_.reset();
  cause_.clear();
  standing_.clear();
  auto again = snapshot(present, now, new_case);
  for (auto& event : again.events) out.events.push_back(std::move(event));
  again.events = std::move(out.events);
  return again;
}

// ---- packets -----------------------------------------------------------------------------------------------------

void NetworkGuard::packet(const PacketLogged& seen, const GuardTime& now, const NewCase& new_case, Decisions& out) {
  const auto judged = judge_(seen.tag);
  if (!judged.known || expected_.mode == v1::OFF) return;
  const std::string type = judged.illegal ? "net.outbound.illegal" : "net.drop";
  const bool was_cut = cut();
  if (judged.illegal && !judged.watch) cut_for(Concern::outbound, type, new_case, out);
  if (judged.illegal && !judged.watch && judged.word == "foreign") cut_for(Concern::interface, type, new_case, out);

  v1::Event event;
  event.set_version(1);
  event.set_type(type);
  event.set_result(judged.watch ? "observed" : "blocked");
  event.set_time_ns(now.utc.unix_ns);
  auto& params = *event.mutable_params();
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) params[key] = value.substr(0, kLongestParam);
  };
  if (!judged.illegal) {
    put("tag", judged.word);
    put("direction", judged.outbound ? "out" : "in");
  }
  put("protocol", seen.protocol);
  put("source", seen.source);
  put("destination", seen.destination);
  if (seen.destination_port != 0) put("port", std::to_string(seen.destination_port));
  put("interface", seen.interface);
  put("process", seen.process);
  if (seen.pid != 0) put("pid", std::to_string(seen.pid));
  put("user", seen.user);
  put("count", "1");
  sign(event);

  const DropKey key{type, judged.word, seen.protocol, seen.destination, seen.destination_port};
  const auto at = drops_.find(key);
  if (at != drops_.end() && (was_cut || !cut())) {
    ++at->second.waiting;
    at->second.last = std::move(event);
    return;
  }
  if (at == drops_.end() && drops_.size() >= kMostDrops && (was_cut || !cut())) {
    if (overflow_++ == 0) overflow_since_ = now.steady;
    return;
  }
  if (drops_.size() < kMostDrops) drops_[key] = {now.steady, 0, event};
  out.events.push_back(std::move(event));
}

Decisions NetworkGuard::tick(const GuardTime& now) {
  Decisions out;
  for (auto at = drops_.begin(); at != drops_.end();) {
    auto& count = at->second;
    if (now.steady - count.since < kWindow) {
      ++at;
    } else if (count.waiting == 0) {
      at = drops_.erase(at);
    } else {
      auto event = count.last;
      (*event.mutable_params())["count"] = std::to_string(count.waiting);
      out.events.push_back(std::move(event));
      count.waiting = 0;
      count.since = now.steady;
      ++at;
    }
  }
  if (overflow_ > 0 && now.steady - overflow_since_ >= kWindow) {
    auto& event = out.events.emplace_back();
    event.set_version(1);
    event.set_type("net.drop");
    event.set_result("blocked");
    event.set_time_ns(now.utc.unix_ns);
    (*event.mutable_params())["tag"] = "many";
    (*event.mutable_params())["count"] = std::to_string(overflow_);
    sign(event);
    overflow_ = 0;
  }
  return out;
}

}  // namespace kw::device
