#pragma once
// Options parses "--name value", "--name=value" and "--flag"; unknown and repeated names are refused.
//
//   KW_TRY(auto options, Options::parse(args, {{"connect", true}, {"quiet", false}}));
//   if (options.has("quiet")) ...; options.value("connect")
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::cli {

class Options {
 public:
  struct Spec {
    std::string name;
    bool takes_value;
  };
  static Result<Options> parse(std::span<const std::string> args, const std::vector<Spec>& specs);
  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
  /// value is empty where the option was not given.
  [[nodiscard]] std::string value(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& positional() const noexcept { return positional_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> positional_;
};

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
/// parse_host_port takes "HOST:PORT", "[V6]:PORT" or "PORT" (then host is `default_host`; refused where that is empty).
Result<HostPort> parse_host_port(std::string_view text, std::string_view default_host = {});

}  // namespace kw::cli
