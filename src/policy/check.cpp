#include "policy/check.h"

#include <algorithm>
#include <set>

#include "policy/address.h"

namespace kw::policy {
namespace {

constexpr std::size_t kLongestName = 64;

struct Known {  // a rule that could be read, for comparison with later ones of its list
  Prefix peer;
  const EndpointRule* rule;
  std::size_t index;
};

enum class Direction { out, in, tolerated };

class Checker {
 public:
  std::vector<Problem> take() && { return std::move(problems_); }

  void list(const std::string& path, const std::vector<EndpointRule>& rules, Direction direction) {
    if (rules.size() > kMostRules) return add(path, "too_many_rules", "at most " + std::to_string(kMostRules));
    std::vector<Known> known;
    for (std::size_t i = 0; i < rules.size(); ++i) rule(path + "/" + std::to_string(i), i, rules[i], direction, known);
  }
  void add(std::string path, std::string code, std::string detail, bool warning = false) {
    if (problems_.size() < kMostProblems) problems_.push_back({std::move(path), std::move(code), std::move(detail), warning});
  }

 private:
  static bool name_ok(const std::string& name) {
    return !name.empty() && name.size() <= kLongestName &&
           std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  }

  void rule(const std::string& path, std::size_t index, const EndpointRule& r, Direction direction, std::vector<Known>& known) {
    if (!name_ok(r.name)) {
      add(path + "/name", "bad_name", "1 to 64 octets, no control characters");
    } else if (!names_.insert(r.name).second) {
      add(path + "/name", "duplicate_name", r.name);
    }
    const auto peer = parse_prefix(r.address);
    if (!peer) {
      add(path + "/address", "bad_address", peer.error().detail());
    } else {
      address(path + "/address", *peer, direction);
    }
    const bool ports_ok = ports(path, r);
    if (peer && ports_ok) {
      if (peer->length == 0 && direction == Direction::out && (r.protocol == v1::ICMP || all_ports(r)))
        add(path + "/address", "everything_allowed", "every address with every port defeats the policy");
      shadow(path, {*peer, &r, index}, known);
    }
  }

  void address(const std::string& path, const Prefix& peer, Direction direction) {
    if (!peer.host_bits_clear()) add(path, "host_bits", "bits behind the prefix length are set");
    if (is_loopback(peer)) add(path, "loopback", "loopback is always allowed and never leaves the kiosk");
    if (is_unspecified(peer)) add(path, "unspecified", "not an address of a peer");
    if (direction == Direction::tolerated) return;  // what is tolerated is dropped: multicast noise belongs here
    if (is_multicast(peer)) add(path, "multicast", "a multicast group is not an endpoint");
    if (is_broadcast(peer)) add(path, "broadcast", "the broadcast address is not an endpoint");
  }

  bool ports(const std::string& path, const EndpointRule& r) {
    if (r.protocol != v1::TCP && r.protocol != v1::UDP && r.protocol != v1::ICMP) {
      add(path + "/protocol", "bad_protocol", "tcp, udp or icmp");
      return false;
    }
    if (r.protocol == v1::ICMP) {
      if (!r.ports.empty()) add(path + "/ports", "icmp_ports", "ICMP has no ports");
      return r.ports.empty();
    }
    if (r.ports.empty()) add(path + "/ports", "no_ports", "name at least one port or range");
    if (r.ports.size() > kMostPorts) add(path + "/ports", "too_many_ports", "at most " + std::to_string(kMostPorts));
    if (r.ports.empty() || r.ports.size() > kMostPorts) return false;
    bool good = true;
    for (std::size_t i = 0; i < r.ports.size(); ++i) {
      const auto& range = r.ports[i];
      const auto where = path + "/ports/" + std::to_string(i);
      if (range.first < 1 || range.first > 65535 || range.last < 1 || range.last > 65535) {
        add(where, "bad_port", "1 to 65535");
        good = false;
      } else if (range.first > range.last) {
        add(where, "port_order", "the first port is above the last");
        good = false;
      }
    }
    return good;
  }

  static bool covered(const std::vector<PortRange>& wide, std::uint32_t first, std::uint32_t last) {
    for (bool moved = true; moved && first <= last;) {
      moved = false;
      for (const auto& w : wide)
        if (w.first <= first && first <= w.last) {
          first = w.last + 1;
          moved = true;
        }
    }
    return first > last;
  }
  static bool all_ports(const EndpointRule& r) { return covered(r.ports, 1, 65535); }
  static bool covers(const Known& a, const Known& b) {
    return a.rule->protocol == b.rule->protocol && a.peer.contains(b.peer) &&
           std::ranges::all_of(b.rule->ports, [&](const PortRange& p) { return covered(a.rule->ports, p.first, p.last); });
  }
  void shadow(const std::string& path, Known now, std::vector<Known>& known) {
    for (const auto& earlier : known) {
      if (!covers(earlier, now)) continue;
      const bool same = covers(now, earlier);
      add(path, same ? "duplicate_rule" : "shadowed_rule", "rule " + std::to_string(earlier.index) + " says it already", true);
      break;
    }
    known.push_back(now);
  }

  std::vector<Problem> problems_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<Problem> check(const NetworkTemplate& network) {
  Checker checker;
  if (network.mode != v1::OFF && network.mode != v1::WATCH && network.mode != v1::ENFORCE)
    checker.add("/mode", "bad_mode", "off, watch or enforce");
  const auto sizes = network.allow_out.size() + network.allow_in.size() + network.tolerate.size();
  if (sizes > kMostRules) {
    checker.add("", "too_many_rules", "at most " + std::to_string(kMostRules) + " in all lists together");
    return std::move(checker).take();
  }
  std::size_t matches = 0;
  for (const auto* list : {&network.allow_out, &network.allow_in, &network.tolerate})
    for (const auto& rule : *list) matches += rule.ports.size();
  if (matches > kMostMatches) {
    checker.add("", "too_many_ports", "at most " + std::to_string(kMostMatches) + " port ranges in all lists together");
    return std::move(checker).take();
  }
  checker.list("/allow_out", network.allow_out, Direction::out);
  checker.list("/allow_in", network.allow_in, Direction::in);
  checker.list("/tolerate", network.tolerate, Direction::tolerated);
  return std::move(checker).take();
}

bool acceptable(const std::vector<Problem>& problems) noexcept {
  return std::ranges::all_of(problems, &Problem::warning);
}

}  // namespace kw::policy
