#include "platform/linux/linux_interface_port.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/linux/durable_file.h"
#include "platform/linux/interface_requests.h"
#include "platform/linux/network_dump.h"
#include "platform/linux/network_namespaces.h"
#include "platform/linux/network_state.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using namespace device;

// What lets a stranger on the wire change how the port is configured.
constexpr const char* kSwitches[] = {"net/ipv6/conf/%/accept_ra", "net/ipv6/conf/%/accept_redirects",
                                     "net/ipv6/conf/%/autoconf", "net/ipv4/conf/%/accept_redirects",
                                     "net/ipv4/conf/%/accept_source_route"};
constexpr std::size_t kMostInterfaceText = 64 << 10;

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

Result<> write_text(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail_os(path);
  const auto written = ::write(fd, text.data(), text.size());
  const auto done = written == static_cast<ssize_t>(text.size()) ? Result<>{} : Result<>(fail_os(path));
  ::close(fd);
  return done;
}

Result<> remove_default(NetlinkSocket& socket, const RemoveDefault& change) {
  const bool six = change.gateway.find(':') != std::string::npos || change.destination.find(':') != std::string::npos;
  KW_TRY(const auto destination, parse_ip(change.destination == "default" ? (six ? "::/0" : "0.0.0.0/0") : change.destination));
  std::optional<IpAddress> gateway;
  if (!change.gateway.empty()) {
    KW_TRY(gateway, parse_ip(change.gateway));
  }
  auto done = remove_route(socket, destination, gateway ? &*gateway : nullptr, 0);
  if (!done && done.code() != Errc::io && !six && change.gateway.empty()) {  // a default route of IPv6 without gateway
    KW_TRY(const auto other, parse_ip("::/0"));
    done = remove_route(socket, other, nullptr, 0);
  }
  return done;
}

}  // namespace

Result<InterfacesSeen> LinuxInterfacePort::look(const PinnedPort& pinned) {
  mac_ = pinned.mac;
  InterfacesSeen out;
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE, 0));
  KW_TRY(const auto dump, dump_network(socket, {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH}));
  NetworkState state;
  for (auto& seen : state.replace(dump)) {
    if (auto* link = std::get_if<LinkObserved>(&seen)) out.links.push_back(std::move(*link));
    else if (auto* address = std::get_if<AddressObserved>(&seen)) out.addresses.push_back(std::move(*address));
    else if (auto* route = std::get_if<RouteObserved>(&seen)) out.defaults.push_back(std::move(*route));
  }
  for (const auto& message : dump) {
    const auto* n = std::get_if<NeighbourMessage>(&message);
    if (n == nullptr || n->neighbour.address != pinned.gateway) continue;
    const auto link = std::ranges::find(out.links, n->index, &LinkObserved::index);
    if (link != out.links.end()) out.neighbours.push_back({n->neighbour.address, n->neighbour.mac, link->name, n->permanent});
  }
  const bool here = std::ranges::any_of(out.links, [&](const auto& l) {
    return l.name == pinned.name || (!pinned.mac.empty() && (l.mac == pinned.mac || l.permanent_mac == pinned.mac));
  });
  if (!here) {
    KW_TRY(const auto moved, find_moved_port(pinned.mac));
    out.elsewhere = moved.has_value();
  }
  read_switches(pinned.name, out);
  read_radios(out);
  read_resolvers(out);
  return out;
}

void LinuxInterfacePort::read_switches(const std::string& interface, InterfacesSeen& out) const {
  for (const std::string pattern : kSwitches) {
    for (const auto& name : {std::string("all"), interface}) {
      auto one = pattern;
      one.replace(one.find('%'), 1, name);
      if (auto value = first_line(at("/proc/sys/" + one)); !value.empty()) out.switches.push_back({one, std::move(value)});
    }
  }
}

void LinuxInterfacePort::read_radios(InterfacesSeen& out) const {
  std::error_code none;  // a machine without radios has no such directory
  for (const auto& entry : fs::directory_iterator(at("/sys/class/rfkill"), none))
    if (first_line(entry.path().string() + "/soft") == "0") out.radios_on.push_back(entry.path().filename().string());
  std::ranges::sort(out.radios_on);
}

void LinuxInterfacePort::read_resolvers(InterfacesSeen& out) const {
  const auto file = read_file(at("/etc/resolv.conf"), kMostInterfaceText);
  if (!file) return;
  std::istringstream lines{std::string(text_of(*file))};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key, value;
    if (words >> key >> value && key == "nameserver") out.resolvers.push_back(value);
  }
}

Result<> LinuxInterfacePort::write_resolvers(const std::vector<std::string>& resolvers) const {
  std::string text = "# kept by kioskward: section interfaces\n";
  for (const auto& one : resolvers) text += "nameserver " + one + "\n";
  return write_file_durably(at("/etc/resolv.conf"), bytes_of(text), 0644);
}

Result<> LinuxInterfacePort::write_switch(const std::string& name, const std::string& value) const {
  return write_text(at("/proc/sys/" + name), value);
}

Result<> LinuxInterfacePort::block_radio(const std::string& name) const {
  return write_text(at("/sys/class/rfkill/" + name + "/soft"), "1");
}

Result<> LinuxInterfacePort::apply(const InterfaceChange& change) {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE, 0));
  struct Apply {
    LinuxInterfacePort& port;
    NetlinkSocket& socket;
    Result<> operator()(const LinkDown& c) { return set_link_up(socket, c.index, false); }
    Result<> operator()(const BringBack&) {
      KW_TRY(const auto moved, find_moved_port(port.mac_));
      if (!moved) return fail(Errc::not_found, "the pinned port is in no namespace that can be seen");
      return fetch_port(*moved);
    }
    Result<> operator()(const Rename& c) {
      KW_CHECK(set_link_up(socket, c.index, false));  // older kernels rename only what is down
      return set_link_name(socket, c.index, c.to);
    }
    Result<> operator()(const SetMac& c) {
      KW_TRY(const auto mac, parse_mac(c.to));
      if (set_link_mac(socket, c.index, mac)) return {};
      KW_CHECK(set_link_up(socket, c.index, false));  // some drivers change it only while down
      return set_link_mac(socket, c.index, mac);
    }
    Result<> operator()(const LinkUp& c) { return set_link_up(socket, c.index, true); }
    Result<> operator()(const RemoveAddress& c) {
      KW_TRY(const auto address, parse_ip(c.address));
      return remove_address(socket, c.index, address);
    }
    Result<> operator()(const AddAddress& c) {
      KW_TRY(const auto address, parse_ip(c.address));
      return add_address(socket, c.index, address);
    }
    Result<> operator()(const RemoveDefault& c) { return remove_default(socket, c); }
    Result<> operator()(const SetDefault& c) {
      KW_TRY(const auto gateway, parse_ip(c.gateway));
      return set_default_route(socket, c.index, gateway);
    }
    Result<> operator()(const PinNeighbour& c) {
      KW_TRY(const auto address, parse_ip(c.address));
      KW_TRY(const auto mac, parse_mac(c.mac));
      return pin_neighbour(socket, c.index, address, mac);
    }
    Result<> operator()(const SetResolvers& c) { return port.write_resolvers(c.to); }
    Result<> operator()(const SetSwitch& c) { return port.write_switch(c.name, c.to); }
    Result<> operator()(const RadioOff& c) { return port.block_radio(c.name); }
  };
  return std::visit(Apply{*this, socket}, change);
}

// A tunnel is held by a descriptor of /dev/net/tun whose fdinfo names it; other interfaces have no process.
std::string LinuxInterfacePort::owner(const std::string& interface) {
  std::error_code gone;  // processes end while one looks
  for (const auto& process : fs::directory_iterator("/proc", gone)) {
    const auto pid = process.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", gone)) {
      const auto target = fs::read_symlink(fd.path(), gone);
      if (target != "/dev/net/tun") continue;
      std::ifstream info(process.path() / "fdinfo" / fd.path().filename());
      for (std::string line; std::getline(info, line);)
        if (line.starts_with("iff:") && line.substr(line.find_first_not_of(" \t", 4)) == interface)
          return first_line((process.path() / "comm").string()) + " " + pid;
    }
  }
  return {};
}

Result<InterfacePort::Origin> LinuxInterfacePort::origin(const std::string& interface) {
  Origin out;
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_ROUTE, 0));
  KW_TRY(const auto links, dump_network(socket, {RTM_GETLINK}));
  bool found = false;
  for (const auto& message : links) {
    const auto* link = std::get_if<LinkMessage>(&message);
    if (link == nullptr || link->link.name != interface) continue;
    found = true;
    out.permanent_mac = link->link.permanent_mac;
  }
  if (!found) return fail(Errc::not_found, interface);
  std::error_code none;  // a virtual link has no device
  const auto device = fs::canonical(at("/sys/class/net/" + interface + "/device"), none);
  if (!none) {
    const auto text = device.string();
    const auto root = text.find("/devices/");
    out.path = root == std::string::npos ? text : text.substr(root + 9);
    out.driver = fs::read_symlink(device / "driver", none).filename().string();
  }
  return out;
}

}  // namespace kw::platform
