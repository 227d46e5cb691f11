#include "policy/plan.h"

namespace kw::policy {
namespace {

std::string_view trimmed(std::string_view line) {
  const auto last = line.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view{} : line.substr(0, last + 1);
}
std::string_view without_indent(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}
/// "packets 12 bytes 3" with numbers, alone on a line or behind a counter statement.
std::string without_values(std::string_view line) {
  std::string out(line);
  const auto at = out.find("packets ");
  if (at == std::string::npos) return out;
  std::size_t end = at + 8;
  const auto digits = [&] {
    const auto from = end;
    while (end < out.size() && out[end] >= '0' && out[end] <= '9') ++end;
    return end > from;
  };
  if (!digits() || out.compare(end, 7, " bytes ") != 0) return out;
  end += 7;
  if (!digits()) return out;
  if (end < out.size() && out[end] == ' ') ++end;
  out.erase(at, end - at);
  return std::string(trimmed(out));
}

}  // namespace

std::string normalise_ruleset(std::string_view listing) {
  std::string out;
  bool dynamic = false, skipping = false;
  while (!listing.empty()) {
    const auto end = listing.find('\n');
    auto line = trimmed(listing.substr(0, end));
    listing.remove_prefix(end == std::string_view::npos ? listing.size() : end + 1);
    if (const auto handle = line.find(" # handle "); handle != std::string_view::npos) line = trimmed(line.substr(0, handle));
    const auto body = without_indent(line);
    if (skipping) {
      skipping = body.find('}') == std::string_view::npos;
      continue;
    }
    if (body.starts_with("set ") || body.starts_with("map ")) dynamic = false;
    if (body.starts_with("flags ") && body.find("dynamic") != std::string_view::npos) dynamic = true;
    if (dynamic && body.starts_with("elements = ")) {
      skipping = body.find('}') == std::string_view::npos;
      continue;
    }
    if (body == "}") dynamic = false;
    const auto kept = without_values(line);
    if (without_indent(kept).empty()) continue;
    out += kept + "\n";
  }
  return out;
}

crypto::Digest ruleset_digest(std::string_view listing) { return crypto::sm3(bytes_of(normalise_ruleset(listing))); }

Changes plan(const CompiledNetwork& desired, const std::optional<crypto::Digest>& wanted,
             const std::optional<crypto::Digest>& observed, bool tripped) {
  const auto& script = tripped ? desired.policy_script_tripped : desired.policy_script;
  if (desired.mode == v1::OFF) {
    if (!observed) return {};
    return {Step::apply, "unwanted", script};
  }
  if (!wanted) return {Step::apply, "first", script};
  if (!observed) return {Step::apply, "absent", script};
  if (*wanted != *observed) return {Step::apply, "differs", script};
  return {};
}

}  // namespace kw::policy
