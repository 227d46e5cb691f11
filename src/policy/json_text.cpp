#include "policy/json_text.h"

namespace kw::policy {
namespace {

namespace json = boost::json;

/// Counts members after parsing: Boost.JSON keeps the last of two equal keys without a word.
std::size_t members(const json::value& value) {
  std::size_t out = 0;
  if (const auto* object = value.if_object())
    for (const auto& member : *object) out += 1 + members(member.value());
  if (const auto* array = value.if_array())
    for (const auto& element : *array) out += members(element);
  return out;
}
std::size_t colons_outside_strings(std::string_view in) {
  std::size_t out = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (quoted && in[i] == '\\')
      ++i;
    else if (in[i] == '"')
      quoted = !quoted;
    else if (!quoted && in[i] == ':')
      ++out;
  }
  return out;
}

}  // namespace

Result<json::value> parse_json_text(std::string_view in, std::size_t most, std::size_t depth) {
  if (in.size() > most) return fail(Errc::too_large, "at most " + std::to_string(most) + " octets");
  json::parse_options options;
  options.max_depth = depth;
  json::error_code problem;
  json::value root = json::parse(json::string_view(in.data(), in.size()), problem, {}, options);
  if (problem) return fail(Errc::malformed, ": not JSON: " + problem.message());
  if (members(root) != colons_outside_strings(in)) return fail(Errc::malformed, ": a key stands twice in one object");
  return root;
}

}  // namespace kw::policy
