#include "cli/options.h"

#include <algorithm>
#include <charconv>

namespace kw::cli {

Result<Options> Options::parse(std::span<const std::string> args, const std::vector<Spec>& specs) {
  Options out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& arg = args[i];
    if (!arg.starts_with("--")) {
      out.positional_.push_back(arg);
      continue;
    }
    const auto equals = arg.find('=');
    const auto name = arg.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
    const auto spec = std::ranges::find(specs, name, &Spec::name);
    if (spec == specs.end()) return fail(Errc::invalid, "unknown option --" + name);
    if (out.has(name)) return fail(Errc::invalid, "option --" + name + " given twice");
    std::string value;
    if (equals != std::string::npos) {
      if (!spec->takes_value) return fail(Errc::invalid, "option --" + name + " takes no value");
      value = arg.substr(equals + 1);
    } else if (spec->takes_value) {
      if (i + 1 == args.size()) return fail(Errc::invalid, "option --" + name + " needs a value");
      value = args[++i];
    }
    out.values_.emplace(name, std::move(value));
  }
  return out;
}

std::string Options::value(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : found->second;
}

Result<HostPort> parse_host_port(std::string_view text, std::string_view default_host) {
  const auto colon = text.rfind(':');
  auto host = colon == std::string_view::npos ? default_host : text.substr(0, colon);
  const auto digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = default_host;
  HostPort out{std::string(host), 0};
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (host.empty() || digits.empty() || ec != std::errc{} || end != digits.data() + digits.size())
    return fail(Errc::invalid, "not HOST:PORT: " + std::string(text));
  return out;
}

}  // namespace kw::cli
