#include "device/interfaces/interfaces.h"

#include <algorithm>


namespace kw::device {
namespace {

using Changes = std::vector<InterfaceChange>;

const LinkObserved* find_port(const PinnedPort& port, const std::vector<LinkObserved>& links) {
  const auto by = [&](auto test) {
    const auto found = std::ranges::find_if(links, test);
    return found == links.end() ? nullptr : &*found;
  };
  // A stranger may take the pinned name while the real port stands beside it under another: the MAC decides then.
  const auto* named = by([&](const auto& l) { return l.name == port.name; });
  if (named != nullptr && (named->mac == port.mac || named->permanent_mac == port.mac)) return named;
  if (const auto* burnt = by([&](const auto& l) { return !port.mac.empty() && l.permanent_mac == port.mac; })) return burnt;
  if (const auto* same = by([&](const auto& l) { return !port.mac.empty() && l.mac == port.mac && l.kind != "bridge"; }))
    return same;
  return named;
}

void plan_others(const InterfacesWanted& wanted, const InterfacesSeen& seen, const LinkObserved* port, Changes& out) {
  if (!wanted.others_down) return;
  for (const auto& link : seen.links) {
    if (&link == port || link.kind == "loopback" || !link.up || wanted.tolerated.contains(link.name)) continue;
    out.push_back(LinkDown{link.index, link.name, link.kind});
  }
}

void plan_identity(const PinnedPort& want, const InterfacesSeen& seen, const LinkObserved& port, Changes& out) {
  if (port.name != want.name) out.push_back(Rename{port.index, port.name, want.name});
  if (port.mac != want.mac) out.push_back(SetMac{port.index, port.mac, want.mac});
  bool right = false;
  for (const auto& address : seen.addresses) {
    if (address.index != port.index || address.link_local) continue;
    if (address.address == want.address) right = true;
    else out.push_back(RemoveAddress{port.index, address.address});
  }
  if (!right) out.push_back(AddAddress{port.index, want.address});
  // A link has to be up before a route over it can stand.
  if (!port.up || port.name != want.name || port.mac != want.mac) out.push_back(LinkUp{port.index, want.name});
  bool have = want.gateway.empty();
  for (const auto& route : seen.defaults) {
    const bool good = route.destination == "default" && route.gateway == want.gateway && route.interface == port.name &&
                      port.name == want.name;
    if (good && !have) have = true;
    else if (!good) out.push_back(RemoveDefault{route.destination, route.gateway, route.interface});
  }
  if (!have) out.push_back(SetDefault{port.index, want.gateway});
}

void plan_gateway(const PinnedPort& want, const InterfacesSeen& seen, const LinkObserved& port, Changes& out) {
  if (want.gateway.empty() || want.gateway_mac.empty()) return;
  const auto entry = std::ranges::find_if(seen.neighbours, [&](const auto& n) { return n.address == want.gateway && n.interface == port.name; });
  if (entry == seen.neighbours.end()) out.push_back(PinNeighbour{port.index, want.gateway, want.gateway_mac, ""});
  else if (entry->mac != want.gateway_mac || !entry->permanent)
    out.push_back(PinNeighbour{port.index, want.gateway, want.gateway_mac, entry->mac});
}

}  // namespace

std::vector<InterfaceChange> plan_interfaces(const InterfacesWanted& wanted, const InterfacesSeen& seen) {
  Changes out;
  const auto* port = find_port(wanted.port, seen.links);
  plan_others(wanted, seen, port, out);
  if (wanted.radios_off)
    for (const auto& radio : seen.radios_on) out.push_back(RadioOff{radio});
  if (port == nullptr && seen.elsewhere && wanted.bring_back) out.push_back(BringBack{wanted.port.name});
  if (port != nullptr && wanted.restore_identity) plan_identity(wanted.port, seen, *port, out);
  if (port != nullptr && wanted.pin_gateway) plan_gateway(wanted.port, seen, *port, out);
  if (wanted.refuse_autoconfiguration)
    for (const auto& one : seen.switches)
      if (one.value != "0") out.push_back(SetSwitch{one.name, one.value, "0"});
  if (!wanted.resolvers.empty() && seen.resolvers != wanted.resolvers) out.push_back(SetResolvers{seen.resolvers, wanted.resolvers});
  return out;
}

InterfaceWord word_of(const InterfaceChange& change) {
  const auto list = [](const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text.substr(0, 200);
  };
  struct Words {
    decltype(list)& join;
    InterfaceWord operator()(const LinkDown& c) const { return {"link.down", c.name, c.kind, "down"}; }
    InterfaceWord operator()(const BringBack& c) const { return {"port.back", c.name, "another namespace", "here"}; }
    InterfaceWord operator()(const Rename& c) const { return {"name", c.to, c.from, c.to}; }
    InterfaceWord operator()(const SetMac& c) const { return {"mac", c.to, c.from, c.to}; }
    InterfaceWord operator()(const LinkUp& c) const { return {"link.up", c.name, "down", "up"}; }
    InterfaceWord operator()(const RemoveAddress& c) const { return {"address", c.address, c.address, "none"}; }
    InterfaceWord operator()(const AddAddress& c) const { return {"address", c.address, "none", c.address}; }
    InterfaceWord operator()(const RemoveDefault& c) const { return {"route", c.destination, c.gateway + " dev " + c.interface, "none"}; }
    InterfaceWord operator()(const SetDefault& c) const { return {"route", "default", "none", c.gateway}; }
    InterfaceWord operator()(const PinNeighbour& c) const { return {"gateway", c.address, c.from, c.mac}; }
    InterfaceWord operator()(const SetResolvers& c) const { return {"resolvers", "resolv.conf", join(c.from), join(c.to)}; }
    InterfaceWord operator()(const SetSwitch& c) const { return {"setting", c.name, c.from, c.to}; }
    InterfaceWord operator()(const RadioOff& c) const { return {"radio.off", c.name, "on", "off"}; }
  };
  return std::visit(Words{list}, change);
}

}  // namespace kw::device
