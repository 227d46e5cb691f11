// What is wrong with the network as it is known now: pure comparison of NetworkGuard's picture with its expectations.
#include "device/address_text.h"
#include "device/guard.h"

namespace kw::device {
namespace {

v1::Event make_event(std::string type, Timestamp now, std::initializer_list<std::pair<const char*, std::string>> params) {
  v1::Event out;
  out.set_version(1);
  out.set_type(std::move(type));
  out.set_result("observed");
  out.set_time_ns(now.unix_ns);
  for (const auto& [key, value] : params)
    if (!value.empty()) (*out.mutable_params())[key] = value.substr(0, 256);
  return out;
}
std::string join(const std::string& list, const std::string& more) { return list.empty() ? more : list + ", " + more; }

}  // namespace

NetworkGuard::Violations NetworkGuard::present_violations(Timestamp now) const {
  Violations out;
  judge_links(out, now);
  judge_place(out, now);
  return out;
}

void NetworkGuard::judge_links(Violations& out, Timestamp now) const {
  const Link* pinned = nullptr;
  for (const auto& [index, link] : links_)
    if (link.name == expected_.interface) pinned = &link;
  bool renamed = false;
  for (const auto& [index, link] : links_) {
    if (&link == pinned || (link.name == "lo" && (link.kind == "loopback" || link.kind.empty()))) continue;
    const bool is_pinned = pinned == nullptr && !expected_.mac.empty() && (link.mac == expected_.mac || link.permanent_mac == expected_.mac);
    auto old = link.old;
    if (old.empty() && is_pinned) old = expected_.interface;
    renamed = renamed || old == expected_.interface;
    if (!old.empty()) {
      out["renamed:" + old + ":" + link.name] = {
          Concern::interface, make_event("net.interface.renamed", now, {{"interface", link.name}, {"old", old}})};
    } else {
      out["interface:" + std::to_string(index) + ":" + link.name] = {
          Concern::interface,
          make_event("net.interface.added", now, {{"interface", link.name}, {"kind", link.kind}, {"mac", link.mac}})};
    }
  }
  if (pinned == nullptr && !renamed)
    out["removed"] = {Concern::none, make_event("net.interface.removed", now, {{"interface", expected_.interface}})};
  if (pinned != nullptr && pinned->mac != expected_.mac)
    out["mac:" + pinned->mac] = {
        Concern::identity,
        make_event("net.mac.changed", now, {{"interface", pinned->name}, {"bound", expected_.mac}, {"observed", pinned->mac}})};
}

void NetworkGuard::judge_place(Violations& out, Timestamp now) const {
  std::string observed;
  bool right = false, other = false;
  for (const auto& [key, address] : addresses_) {
    if (!key.starts_with(expected_.interface + " ")) continue;
    observed = join(observed, address);
    (address == expected_.address ? right : other) = true;
  }
  bool pinned = false;  // where the interface itself is gone or renamed, that is what is told
  for (const auto& [index, link] : links_) pinned = pinned || link.name == expected_.interface;
  if (pinned && (!right || other))
    out["address:" + observed] = {Concern::identity, make_event("net.address.changed", now,
                                                                {{"interface", expected_.interface},
                                                                 {"bound", expected_.address},
                                                                 {"observed", observed.empty() ? "none" : observed}})};

  const std::string wanted = expected_.gateway.empty() ? "" : expected_.gateway + " dev " + expected_.interface;
  std::string routes;
  bool have = wanted.empty(), strange = false;
  for (const auto& [key, text] : defaults_) {
    routes = join(routes, text);
    if (text == wanted) have = true;
    else strange = true;
  }
  if (!have || strange)
    out["route:" + routes] = {Concern::identity, make_event("net.route.changed", now,
                                                            {{"route", "default"},
                                                             {"bound", wanted.empty() ? "none" : wanted},
                                                             {"observed", routes.empty() ? "none" : routes}})};

  if (!gateway_mac_.empty() && !expected_.gateway_mac.empty() && gateway_mac_ != expected_.gateway_mac)
    out["gateway_mac:" + gateway_mac_] = {
        Concern::identity,
        make_event("net.gateway_mac.changed", now,
                   {{"gateway", expected_.gateway}, {"bound", expected_.gateway_mac}, {"observed", gateway_mac_}})};
}

void NetworkGuard::tell_facts(Timestamp now, Decisions& out) {
  std::map<std::string, std::string> present;
  std::string& names = present["net.interfaces"];
  for (const auto& [index, link] : links_) {
    names = join(names, link.name).substr(0, 256);
    if (link.name == expected_.interface) present["net.interface." + link.name + ".mac"] = link.mac;
  }
  for (const auto& [key, address] : addresses_)
    if (key.starts_with(expected_.interface + " ")) {
      auto& value = present["net.interface." + expected_.interface + ".address"];
      value = join(value, address).substr(0, 256);
    }
  auto& route = present["net.route.default"];
  for (const auto& [key, text] : defaults_) route = join(route, text).substr(0, 256);
  if (!gateway_mac_.empty()) present["net.gateway.mac"] = gateway_mac_;
  for (const auto& [key, value] : facts_) present.try_emplace(key);  // what is gone is told once, with an empty value
  for (const auto& [key, value] : present) {
    const auto before = facts_.find(key);
    if (before != facts_.end() && before->second == value) continue;
    auto& fact = out.facts.emplace_back();
    fact.set_key(key);
    fact.set_value(value);
    fact.set_time_ns(now.unix_ns);
    fact.set_source("rtnetlink");
  }
  facts_ = std::move(present);
}

}  // namespace kw::device
