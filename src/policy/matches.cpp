#include "policy/matches.h"

#include <algorithm>

namespace kw::policy {
namespace {

struct Key {
  Prefix peer;
  v1::Protocol protocol;
  PortRange ports;  // 0-0 for ICMP
  std::string counter;

  [[nodiscard]] bool overlaps(const Key& o) const {
    return protocol == o.protocol && peer.overlaps(o.peer) && ports.first <= o.ports.last && o.ports.first <= ports.last;
  }
  [[nodiscard]] bool covers(const Key& o) const {
    return protocol == o.protocol && peer.contains(o.peer) && ports.first <= o.ports.first && o.ports.last <= ports.last;
  }
  [[nodiscard]] bool exact() const { return peer.single() && ports.first == ports.last; }
  [[nodiscard]] std::string port_text() const {
    const auto first = std::to_string(ports.first);
    return ports.first == ports.last ? first : first + "-" + std::to_string(ports.last);
  }
};

std::string protocol_text(const Key& key) { return key.protocol == v1::TCP ? "tcp" : "udp"; }
std::string echo_request(bool v6) { return v6 ? "icmpv6 type echo-request" : "icmp type echo-request"; }

/// One family's TCP and UDP endpoints, or its ICMP endpoints.
class Family {
 public:
  Family(bool v6, bool icmp) : v6_(v6), icmp_(icmp) {}

  void take(const Key& key) {
    if (key.peer.v6 != v6_ || (key.protocol == v1::ICMP) != icmp_) return;
    const auto covers = [&](const Key& k) { return k.covers(key); };
    if (std::ranges::any_of(placed_, covers) || std::ranges::any_of(alone_, covers)) return;
    const bool clash = std::ranges::any_of(placed_, [&](const Key& k) { return k.overlaps(key); });
    (clash ? alone_ : placed_).push_back(key);
  }

  void write(const std::string& stem, const std::string& side, Matches& out) const {
    const std::string address = (v6_ ? "ip6 " : "ip ") + side;
    if (!placed_.empty()) {
      const std::string map = (icmp_ ? "ping_" : "") + stem + (v6_ ? "6" : "4");
      out.maps.push_back(declaration(map));
      const std::string key = icmp_ ? address : address + " . meta l4proto . th dport";
      out.rules.push_back((icmp_ ? echo_request(v6_) + " " : "") + "counter name " + key + " map @" + map);
    }
    for (const auto& key : alone_) {
      const std::string what = icmp_ ? echo_request(v6_) : protocol_text(key) + " dport " + key.port_text();
      out.rules.push_back(address + " " + key.peer.text() + " " + what + " counter name " + key.counter);
    }
  }

 private:
  [[nodiscard]] std::string declaration(const std::string& map) const {
    std::string out = "  map " + map + " {\n    type " + (v6_ ? "ipv6_addr" : "ipv4_addr");
    out += icmp_ ? " : counter\n" : " . inet_proto . inet_service : counter\n";
    if (!std::ranges::all_of(placed_, &Key::exact)) out += "    flags interval\n";
    out += "    elements = {\n";
    for (const auto& key : placed_) {
      out += "      " + key.peer.text();
      if (!icmp_) out += " . " + protocol_text(key) + " . " + key.port_text();
      out += " : " + key.counter + ",\n";
    }
    return out + "    }\n  }\n";
  }

  bool v6_, icmp_;
  std::vector<Key> placed_, alone_;
};

}  // namespace

Matches matches_of(const std::vector<CheckedEndpoint>& list, const std::string& stem, const std::string& side) {
  Matches out;
  Family families[] = {{false, false}, {true, false}, {false, true}, {true, true}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& endpoint = list[i];
    const std::string counter = stem + "_" + std::to_string(i);
    out.counters.push_back(counter);
    auto ports = endpoint.ports;
    if (endpoint.protocol == v1::ICMP) ports = {{0, 0}};
    for (const auto& range : ports)
      for (auto& family : families) family.take({endpoint.peer, endpoint.protocol, range, counter});
  }
  for (const auto& family : families) family.write(stem, side, out);
  return out;
}

}  // namespace kw::policy
