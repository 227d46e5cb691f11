#include "patterns/rules.h"

#include <algorithm>
#include <optional>

#include "base/plain_name.h"
#include "base/text.h"
#include "config/parse_toml.h"
#include "config/toml_section.h"

namespace kw::patterns {
namespace {

using config::TomlSection;

/// The place of the bracket that ends a class.
std::size_t end_of_class(std::string_view pattern, std::size_t at) {
  std::size_t i = at + 1;
  if (pattern.substr(i, 1) == "^") ++i;
  if (pattern.substr(i, 1) == "]") ++i;  // the first one stands for itself
  for (; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == ']') {
      return i;
    }
  }
  return pattern.size();
}

/// The larger number of "m", "m,n" or ",n"; nothing where there is no upper bound, or no repeat.
std::optional<std::size_t> times_of(std::string_view text) {
  const auto comma = text.find(',');
  const auto most = comma == std::string_view::npos ? text : text.substr(comma + 1);
  if (most.empty()) return std::nullopt;
  std::size_t out = 0;
  for (const char c : most) {
    if (c < '0' || c > '9') return std::nullopt;
    out = std::min(out * 10 + static_cast<std::size_t>(c - '0'), kMostWeight + 1);
  }
  return out;
}

Result<PatternRule> read_rule(TomlSection& from) {
  PatternRule out;
  std::string flags, action = "refuse";
  KW_CHECK(from.text("name", out.name, 32, 1));
  if (out.name.empty() || !has_plain_letters(out.name)) return from.wrong("name", "1 to 32 of a-z, 0-9 and '-'");
  KW_CHECK(from.text("pattern", out.pattern, kMostPattern, 1));
  if (out.pattern.empty()) return from.wrong("pattern", "missing");
  if (clean_text(out.pattern, kMostPattern) != out.pattern) return from.wrong("pattern", "UTF-8");
  if (weight_of(out.pattern) > kMostWeight)
    return from.wrong("pattern", "counted repeats without an upper bound, or too many of them");
  KW_CHECK(from.text("flags", flags, 3));
  for (const char flag : flags) {
    auto* const known = flag == 'i'   ? &out.any_case
                        : flag == 's' ? &out.dot_all
                        : flag == 'm' ? &out.multi_line
                                      : nullptr;
    if (known == nullptr || *known) return from.wrong("flags", "i, s and m, each once");
    *known = true;
  }
  KW_CHECK(from.text("action", action, 16));
  if (action != "mask" && action != "refuse") return from.wrong("action", "mask or refuse");
  out.action = action == "mask" ? landing::Landing::mask : landing::Landing::refuse;
  KW_CHECK(from.finish());
  return out;
}

Result<PatternRules> read_rules(TomlSection root) {
  PatternRules out;
  KW_TRY(auto sections, root.sections("rule", kMostRules));
  for (auto& section : sections) {
    KW_TRY(auto rule, read_rule(section));
    if (std::ranges::count(out.rules, rule.name, &PatternRule::name) > 0) return section.wrong("name", "twice");
    out.rules.push_back(std::move(rule));
  }
  if (out.rules.empty()) return root.wrong("rule", "none");
  KW_CHECK(root.finish());
  return out;
}

}  // namespace

std::vector<landing::Landing> PatternRules::actions() const {
  std::vector<landing::Landing> out;
  for (const auto& rule : rules) out.push_back(rule.action);
  return out;
}

std::size_t weight_of(std::string_view pattern) {
  constexpr std::size_t kEnough = kMostWeight + 1;
  std::vector<std::size_t> open{0};  // of each group that is open: the weight before its last atom
  std::size_t last = 0;
  const auto atom = [&](std::size_t weight) {
    open.back() = std::min(open.back() + last, kEnough);
    last = weight;
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '(') {
      atom(0);
      open.push_back(0);
    } else if (c == ')') {
      atom(0);
      const auto group = open.back();
      if (open.size() > 1) open.pop_back();
      last = group;
    } else if (c == '[') {
      at = std::min(end_of_class(pattern, at), pattern.size());
      atom(1);
    } else if (c == '{') {
      const auto end = std::min(pattern.find('}', at), pattern.size());
      const auto times = times_of(pattern.substr(at + 1, end - std::min(end, at + 1)));
      if (!times) return kEnough;
      last = std::min(last * std::max<std::size_t>(*times, 1), kEnough);
      at = end;
    } else {
      if (c == '\\') ++at;
      atom(1);
    }
  }
  atom(0);
  return open.size() > 1 ? kEnough : open.back();
}

Result<PatternRules> parse_pattern_rules(std::string_view text) {
  if (text.size() > kMostRuleFile) return fail(Errc::too_large, "rules");
  KW_TRY(const auto table, config::parse_toml(text));
  return read_rules(TomlSection(&table, ""));
}

}  // namespace kw::patterns
