#include "policy/compile.h"

#include "policy/matches.h"

namespace kw::policy {
namespace {

// A key that is the same for every packet: whatever changes its address, family or mark is still cut.
constexpr std::string_view kConstantKey = "meta mark & 0x00000000";
constexpr std::string_view kNeighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255";

// By number (ICMP, ICMPv6): nft asks /etc/protocols for the names, and a bare system has no such file.
constexpr std::string_view kRelatedErrors = "ct state related meta l4proto { 1, 58 } accept";

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }
std::string log_rule(const std::string& tag, int per_second) {
  return "limit rate " + std::to_string(per_second) + "/second burst " + std::to_string(5 * per_second) +
         " packets log prefix " + in_quotes(tag) + " snaplen 256 group " + std::to_string(kLogGroup);
}
std::string replace_table(std::string_view table) {
  const std::string name = std::string(kFamily) + " " + std::string(table);
  return "table " + name + "\ndelete table " + name + "\n";
}

/// The platform's channel: what a cut may leave. Both tables write the same rules.
std::vector<std::string> platform_rules(const CheckedPolicy& policy, bool out, bool counted) {
  std::vector<std::string> rules;
  const std::string pinned =
      policy.interface.empty() ? "" : std::string(out ? "oifname " : "iifname ") + in_quotes(policy.interface) + " ";
  bool v6 = false;
  for (std::size_t i = 0; i < policy.platform.size(); ++i) {
    const auto& e = policy.platform[i];
    v6 = v6 || e.peer.v6;
    for (const auto& range : e.ports) {
      std::string port = std::to_string(range.first);
      if (range.last != range.first) port += "-" + std::to_string(range.last);
      const std::string protocol = e.protocol == v1::TCP ? "tcp " : "udp ";
      rules.push_back(pinned + (e.peer.v6 ? "ip6 " : "ip ") + (out ? "daddr " : "saddr ") + e.peer.text() + " " + protocol +
                      (out ? "dport " : "sport ") + port + (out ? "" : " ct state established") +
                      (out && counted ? " counter name platform_" + std::to_string(i) : "") + " accept");
    }
  }
  if (v6) rules.push_back(pinned + std::string(kNeighbours) + " accept");
  return rules;
}

class PolicyTable {
 public:
  PolicyTable(const CheckedPolicy& policy, CompiledNetwork& out)
      : policy_(policy), out_(out), watch_(policy.mode == v1::WATCH),
        trip_illegal_(!watch_ && policy.cut.on_illegal_outbound),
        trip_foreign_(!watch_ && (policy.cut.on_illegal_outbound || policy.cut.on_interface_change)) {}

  std::string text(bool keep_trip) {
    rules_ = 0;
    out_.counters.clear();
    out_.tags.clear();
    const auto outward = list(policy_.allow_out, "out", "daddr", "allow_out");
    const auto tolerated = list(policy_.tolerate, "tolerate", "daddr", "tolerate");
    const auto inward = list(policy_.allow_in, "in", "saddr", "allow_in");
    std::string chains = output(outward, tolerated) + input(inward) + forward();
    if (trips()) chains = drop_chain("cut", 10) + drop_chain("cutin", 10) + tripped("out", "cut") + tripped("in", "cutin") + chains;
    for (const auto* word : {"forward", "dhcp", "router", "interface", "inbound", "noise", "stale", "tolerated", "foreign",
                             "illegal"})
      chains = drop_chain(word, word == std::string_view("illegal") ? 50 : 10) + chains;
    chains = chain("platform_out", platform_rules(policy_, true, true)) + chain("platform_in", platform_rules(policy_, false, true)) + chains;

    std::string out = replace_table(kPolicyTable) + "table " + std::string(kFamily) + " " + std::string(kPolicyTable) + " {\n";
    for (std::size_t i = 0; i < policy_.platform.size(); ++i) {
      out += "  counter platform_" + std::to_string(i) + " { }\n";
      out_.counters.push_back({"platform_" + std::to_string(i), "platform", policy_.platform[i].name});
    }
    for (const auto* matches : {&outward, &tolerated, &inward})
      for (const auto& counter : matches->counters) out += "  counter " + counter + " { }\n";
    for (const auto& tag : out_.tags) out += "  counter " + tag.counter + " { }\n";
    if (trips()) {
      out += "  set " + std::string(kTripSet) + " {\n    typeof meta mark\n    size 16\n    flags dynamic\n";
      out += keep_trip ? "    elements = { 0x00000000 }\n  }\n" : "  }\n";
    }
    for (const auto* matches : {&outward, &tolerated, &inward})
      for (const auto& map : matches->maps) out += map;
    out_.rules = rules_;
    return out + chains + "}\n";
  }
  [[nodiscard]] bool trips() const { return trip_illegal_ || trip_foreign_; }

 private:
  Matches list(const std::vector<CheckedEndpoint>& endpoints, const std::string& stem, const std::string& side, const char* name) {
    auto out = matches_of(endpoints, stem, side);
    for (std::size_t i = 0; i < endpoints.size(); ++i) out_.counters.push_back({out.counters[i], name, endpoints[i].name});
    return out;
  }
  std::string chain(const std::string& name, const std::vector<std::string>& rules, const std::string& hook = {}) {
    std::string out = "  chain " + name + " {\n";
    if (!hook.empty())
      out += "    type filter hook " + hook + " priority filter; policy " + (watch_ ? "accept" : "drop") + ";\n";
    for (const auto& rule : rules) out += "    " + rule + "\n";
    rules_ += rules.size();
    return out + "  }\n";
  }
  /// Counts everything, logs what the limit lets through, and drops without condition.
  std::string drop_chain(const std::string& word, int logs_per_second) {
    const std::string counter = "drop_" + word;
    const std::string tag = std::string("kw:") + (watch_ ? "w-" : "") + word + ":";
    out_.tags.push_back({tag, counter});
    std::vector<std::string> rules{"counter name " + counter};
    if ((word == "illegal" && trip_illegal_) || (word == "foreign" && trip_foreign_))
      rules.push_back("add @" + std::string(kTripSet) + " { " + std::string(kConstantKey) + " }");
    rules.push_back(log_rule(tag, logs_per_second));
    rules.push_back(watch_ ? "accept" : "drop");
    return chain(counter, rules);
  }
  std::string tripped(const std::string& direction, const std::string& word) {
    std::vector<std::string> rules;
    if (policy_.cut.leave_platform_channel) rules.push_back("jump platform_" + direction);
    rules.push_back("goto drop_" + word);
    return chain("tripped_" + direction, rules);
  }
  [[nodiscard]] std::string trip_rule(const std::string& direction) const {
    return std::string(kConstantKey) + " @" + std::string(kTripSet) + " goto tripped_" + direction;
  }

  std::string output(const Matches& allowed, const Matches& tolerated) {
    std::vector<std::string> r{"oif \"lo\" accept"};
    if (trips()) r.push_back(trip_rule("out"));
    r.emplace_back("icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report, nd-router-solicit } ip6 daddr ff02::/16 goto drop_noise");
    if (policy_.uses_ipv6()) r.push_back("oifname " + in_quotes(policy_.interface) + " " + std::string(kNeighbours) + " accept");
    r.push_back(std::string(kNeighbours) + " goto drop_noise");
    r.emplace_back("ip protocol igmp ip daddr 224.0.0.0/24 goto drop_noise");
    r.emplace_back("ip daddr 255.255.255.255 udp sport 68 udp dport 67 goto drop_noise");
    r.emplace_back("ip6 daddr ff02::1:2 udp sport 546 udp dport 547 goto drop_noise");
    r.push_back("oifname != " + in_quotes(policy_.interface) + " goto drop_foreign");
    r.emplace_back("jump platform_out");
    r.emplace_back("ct state invalid goto drop_stale");
    r.emplace_back("ct state established ct direction reply accept");
    r.emplace_back(kRelatedErrors);
    for (const auto& rule : allowed.rules) r.push_back(rule + " accept");
    for (const auto& rule : tolerated.rules) r.push_back(rule + " goto drop_tolerated");
    // Left over from before this policy, or from before the kernel followed the flow: no new contact, so no case.
    r.emplace_back("ct state established goto drop_stale");
    r.emplace_back("tcp flags & (fin | syn | rst | ack) != syn goto drop_stale");
    r.emplace_back("goto drop_illegal");
    return chain("output", r, "output");
  }

  std::string input(const Matches& allowed) {
    std::vector<std::string> r{"iif \"lo\" accept"};
    if (trips()) r.push_back(trip_rule("in"));
    r.push_back("iifname != " + in_quotes(policy_.interface) + " goto drop_interface");
    r.emplace_back("icmpv6 type { nd-router-advert, nd-redirect } goto drop_router");
    r.emplace_back("icmp type { redirect, router-advertisement } goto drop_router");
    r.emplace_back("udp sport 67 udp dport 68 goto drop_dhcp");
    r.emplace_back("udp sport 547 udp dport 546 goto drop_dhcp");
    if (policy_.uses_ipv6()) r.push_back(std::string(kNeighbours) + " accept");
    r.emplace_back("ct state invalid goto drop_inbound");
    // A link from before this policy counts as begun by the platform where its octets were the first that the kernel followed.
    r.emplace_back("jump platform_in");
    r.emplace_back("ct state established ct direction reply accept");
    r.emplace_back(kRelatedErrors);
    for (const auto& rule : allowed.rules) r.push_back(rule + " accept");
    r.emplace_back("goto drop_inbound");
    return chain("input", r, "input");
  }
  std::string forward() { return chain("forward", {"goto drop_forward"}, "forward"); }

  const CheckedPolicy& policy_;
  CompiledNetwork& out_;
  bool watch_, trip_illegal_, trip_foreign_;
  std::size_t rules_ = 0;
};

std::string cut_table(const CheckedPolicy& policy) {
  std::string out = replace_table(kCutTable) + "table " + std::string(kFamily) + " " + std::string(kCutTable) + " {\n";
  for (const bool outward : {true, false}) {
    const std::string hook = outward ? "output" : "input";
    out += "  chain " + hook + " {\n    type filter hook " + hook + " priority filter - 10; policy drop;\n";
    out += outward ? "    oif \"lo\" accept\n" : "    iif \"lo\" accept\n";
    if (policy.cut.leave_platform_channel)
      for (const auto& rule : platform_rules(policy, outward, false)) out += "    " + rule + "\n";
    out += "    " + log_rule(outward ? "kw:cut:" : "kw:cutin:", 10) + "\n  }\n";
  }
  return out + "  chain forward {\n    type filter hook forward priority filter - 10; policy drop;\n  }\n}\n";
}

}  // namespace

CompiledNetwork compile(const CheckedPolicy& policy) {
  CompiledNetwork out;
  out.mode = policy.mode;
  out.cut_script = cut_table(policy);
  out.release_script = replace_table(kCutTable);
  if (policy.mode == v1::OFF) {
    out.policy_script = out.policy_script_tripped = replace_table(kPolicyTable);
    return out;
  }
  PolicyTable table(policy, out);
  out.policy_script_tripped = table.text(true);
  out.policy_script = table.text(false);
  if (table.trips()) {
    const std::string set = std::string(kFamily) + " " + std::string(kPolicyTable) + " " + std::string(kTripSet);
    out.release_script += "add table " + std::string(kFamily) + " " + std::string(kPolicyTable) + "\nadd set " + set +
                          " { typeof meta mark; size 16; flags dynamic; }\nflush set " + set + "\n";
  }
  return out;
}

}  // namespace kw::policy
