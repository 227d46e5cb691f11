#include <boost/json.hpp>
#include <charconv>
#include <initializer_list>

#include "policy/json_text.h"
#include "policy/template.h"

namespace kw::policy {
namespace {

namespace json = boost::json;

tl::unexpected<Error> at(const std::string& path, const std::string& what) { return fail(Errc::malformed, path + ": " + what); }

/// object gives the members of `value` when it has exactly the keys that are named.
Result<const json::object*> object(const json::value& value, const std::string& path, std::initializer_list<std::string_view> keys) {
  const auto* out = value.if_object();
  if (out == nullptr) return at(path, "an object is asked");
  for (const auto key : keys)
    if (!out->contains(json::string_view(key.data(), key.size()))) return at(path + "/" + std::string(key), "missing");
  for (const auto& member : *out)
    if (std::find(keys.begin(), keys.end(), std::string_view(member.key().data(), member.key().size())) == keys.end())
      return at(path, "unknown key");
  return out;
}
Result<std::string> text(const json::value& value, const std::string& path) {
  const auto* out = value.if_string();
  if (out == nullptr) return at(path, "a text is asked");
  return std::string(out->data(), out->size());
}
Result<bool> boolean(const json::value& value, const std::string& path) {
  const auto* out = value.if_bool();
  if (out == nullptr) return at(path, "true or false is asked");
  return *out;
}
Result<PortRange> ports(const json::value& value, const std::string& path) {
  KW_TRY(const auto in, text(value, path));
  PortRange out;
  const auto number = [](std::string_view digits, std::uint32_t& to) {
    if (digits.empty() || digits.size() > 5) return false;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    return problem == std::errc() && end == digits.data() + digits.size();
  };
  const auto dash = in.find('-');
  const std::string_view whole = in;
  if (!number(whole.substr(0, dash), out.first)) return at(path, "a port or first-last is asked");
  out.last = out.first;
  if (dash != std::string::npos && !number(whole.substr(dash + 1), out.last)) return at(path, "a port or first-last is asked");
  return out;
}
Result<EndpointRule> rule(const json::value& value, const std::string& path) {
  KW_TRY(const auto* in, object(value, path, {"name", "address", "protocol", "ports"}));
  EndpointRule out;
  KW_TRY(out.name, text(in->at("name"), path + "/name"));
  KW_TRY(out.address, text(in->at("address"), path + "/address"));
  KW_TRY(const auto protocol, text(in->at("protocol"), path + "/protocol"));
  if (protocol == "tcp") out.protocol = v1::TCP;
  else if (protocol == "udp") out.protocol = v1::UDP;
  else if (protocol == "icmp") out.protocol = v1::ICMP;
  else return at(path + "/protocol", "tcp, udp or icmp is asked");
  const auto* list = in->at("ports").if_array();
  if (list == nullptr) return at(path + "/ports", "a list is asked");
  if (list->size() > kMostPorts) return at(path + "/ports", "too many");
  for (std::size_t i = 0; i < list->size(); ++i) {
    KW_TRY(const auto range, ports((*list)[i], path + "/ports/" + std::to_string(i)));
    out.ports.push_back(range);
  }
  return out;
}
Result<std::vector<EndpointRule>> rules(const json::value& value, const std::string& path) {
  const auto* list = value.if_array();
  if (list == nullptr) return at(path, "a list is asked");
  if (list->size() > kMostRules) return at(path, "too many");
  std::vector<EndpointRule> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    KW_TRY(auto one, rule((*list)[i], path + "/" + std::to_string(i)));
    out.push_back(std::move(one));
  }
  return out;
}
Result<CutRules> cut(const json::value& value) {
  KW_TRY(const auto* in, object(value, "/cut", {"on_illegal_outbound", "on_interface_change", "on_identity_change", "leave_platform_channel"}));
  CutRules out;
  KW_TRY(out.on_illegal_outbound, boolean(in->at("on_illegal_outbound"), "/cut/on_illegal_outbound"));
  KW_TRY(out.on_interface_change, boolean(in->at("on_interface_change"), "/cut/on_interface_change"));
  KW_TRY(out.on_identity_change, boolean(in->at("on_identity_change"), "/cut/on_identity_change"));
  KW_TRY(out.leave_platform_channel, boolean(in->at("leave_platform_channel"), "/cut/leave_platform_channel"));
  return out;
}

json::array list_of(const std::vector<EndpointRule>& rules) {
  json::array out;
  for (const auto& rule : rules) {
    json::array ports;
    for (const auto& range : rule.ports) {
      std::string text = std::to_string(range.first);
      if (range.last != range.first) text += "-" + std::to_string(range.last);
      ports.emplace_back(text);
    }
    const char* protocol = rule.protocol == v1::TCP ? "tcp" : rule.protocol == v1::UDP ? "udp" : "icmp";
    out.push_back(json::object{{"name", rule.name}, {"address", rule.address}, {"protocol", protocol}, {"ports", std::move(ports)}});
  }
  return out;
}

}  // namespace

Result<NetworkTemplate> parse_template(std::string_view in) {
  KW_TRY(const auto root, parse_json_text(in, kMostTemplateOctets, 6));
  KW_TRY(const auto* top, object(root, "", {"mode", "allow_out", "allow_in", "tolerate", "cut"}));
  NetworkTemplate out;
  KW_TRY(const auto mode, text(top->at("mode"), "/mode"));
  if (mode == "off") out.mode = v1::OFF;
  else if (mode == "watch") out.mode = v1::WATCH;
  else if (mode == "enforce") out.mode = v1::ENFORCE;
  else return at("/mode", "off, watch or enforce is asked");
  KW_TRY(out.allow_out, rules(top->at("allow_out"), "/allow_out"));
  KW_TRY(out.allow_in, rules(top->at("allow_in"), "/allow_in"));
  KW_TRY(out.tolerate, rules(top->at("tolerate"), "/tolerate"));
  KW_TRY(out.cut, cut(top->at("cut")));
  return out;
}

std::string to_json(const NetworkTemplate& network) {
  const char* mode = network.mode == v1::ENFORCE ? "enforce" : network.mode == v1::WATCH ? "watch" : "off";
  const json::object out{{"mode", mode},
                         {"allow_out", list_of(network.allow_out)},
                         {"allow_in", list_of(network.allow_in)},
                         {"tolerate", list_of(network.tolerate)},
                         {"cut",
                          {{"on_illegal_outbound", network.cut.on_illegal_outbound},
                           {"on_interface_change", network.cut.on_interface_change},
                           {"on_identity_change", network.cut.on_identity_change},
                           {"leave_platform_channel", network.cut.leave_platform_channel}}}};
  return json::serialize(out);
}

}  // namespace kw::policy
