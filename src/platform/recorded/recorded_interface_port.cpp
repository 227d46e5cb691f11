#include "platform/recorded/recorded_interface_port.h"

#include <algorithm>

namespace kw::platform {

using namespace device;

Result<InterfacesSeen> RecordedInterfacePort::look(const PinnedPort& pinned) {
  mac_ = pinned.mac;
  auto out = state;
  out.elsewhere = std::ranges::any_of(away.links, [&](const auto& l) { return l.mac == mac_; });
  return out;
}

Result<InterfacePort::Origin> RecordedInterfacePort::origin(const std::string& interface) {
  const auto link = std::ranges::find(state.links, interface, &LinkObserved::name);
  if (link == state.links.end()) return fail(Errc::not_found, interface);
  return Origin{"", "", link->permanent_mac};
}

Result<> RecordedInterfacePort::apply(const InterfaceChange& change) {
  if (const auto refusal = refusals.find(word_of(change).action); refusal != refusals.end()) return refusal->second;
  const auto link = [&](int index) -> LinkObserved* {
    const auto found = std::ranges::find(state.links, index, &LinkObserved::index);
    return found == state.links.end() ? nullptr : &*found;
  };
  const auto name = [&](int index) { return link(index) == nullptr ? std::string() : link(index)->name; };
  struct Apply {
    InterfacesSeen& s;
    InterfacesSeen& away;
    const std::string& mac;
    decltype(link)& at;
    decltype(name)& name_of;
    Result<> up(int index, bool value) {
      if (at(index) == nullptr) return fail(Errc::not_found, "link");
      at(index)->up = value;
      if (!value) std::erase_if(s.defaults, [&](const auto& r) { return r.interface == name_of(index); });
      return {};
    }
    Result<> operator()(const LinkDown& c) { return up(c.index, false); }
    Result<> operator()(const LinkUp& c) { return up(c.index, true); }
    Result<> operator()(const BringBack&) {
      const auto moved = std::ranges::find(away.links, mac, &LinkObserved::mac);
      if (moved == away.links.end()) return fail(Errc::not_found, "port");
      auto back = *moved;
      back.up = false;
      s.links.push_back(back);
      away.links.erase(moved);
      return {};
    }
    Result<> operator()(const Rename& c) {
      KW_CHECK(up(c.index, false));
      at(c.index)->name = c.to;
      for (auto& address : s.addresses)
        if (address.index == c.index) address.interface = c.to;
      return {};
    }
    Result<> operator()(const SetMac& c) {
      if (at(c.index) == nullptr) return fail(Errc::not_found, "link");
      at(c.index)->mac = c.to;
      return {};
    }
    Result<> operator()(const RemoveAddress& c) {
      std::erase_if(s.addresses, [&](const auto& a) { return a.index == c.index && a.address == c.address; });
      return {};
    }
    Result<> operator()(const AddAddress& c) {
      s.addresses.push_back({Change::present, c.index, name_of(c.index), c.address, false});
      return {};
    }
    Result<> operator()(const RemoveDefault& c) {
      std::erase_if(s.defaults, [&](const auto& r) { return r.destination == c.destination && r.gateway == c.gateway; });
      return {};
    }
    Result<> operator()(const SetDefault& c) {
      s.defaults.push_back({Change::present, "default", c.gateway, name_of(c.index)});
      return {};
    }
    Result<> operator()(const PinNeighbour& c) {
      std::erase_if(s.neighbours, [&](const auto& n) { return n.address == c.address; });
      s.neighbours.push_back({c.address, c.mac, name_of(c.index), true});
      return {};
    }
    Result<> operator()(const SetResolvers& c) {
      s.resolvers = c.to;
      return {};
    }
    Result<> operator()(const SetSwitch& c) {
      for (auto& one : s.switches)
        if (one.name == c.name) one.value = c.to;
      return {};
    }
    Result<> operator()(const RadioOff& c) {
      std::erase(s.radios_on, c.name);
      return {};
    }
  };
  auto done = std::visit(Apply{state, away, mac_, link, name}, change);
  if (done) applied.push_back(change);
  return done;
}

}  // namespace kw::platform
