#include <algorithm>

#include "compliance/fact.h"
#include "compliance/rule_parts.h"
#include "config/parse_toml.h"

namespace kw::compliance {
namespace {

using config::TomlSection;

constexpr std::size_t kMostChecks = 16, kMostTypes = 32, kMostAlso = 64;

template <class Word>
Result<> read_word(TomlSection& from, std::string_view key, std::optional<Word> (*parse)(std::string_view) noexcept,
                   Word& to) {
  std::string text;
  KW_CHECK(from.text(key, text, 32));
  const auto word = parse(text);
  if (!word) return from.wrong(key, text.empty() ? "missing" : "unknown word");
  to = *word;
  return {};
}

Result<> read_types(TomlSection& from, std::string_view key, std::vector<std::string>& to) {
  std::vector<std::string> types;
  KW_CHECK(from.texts(key, types, kMostTypes));
  for (const auto& type : types) to.push_back(std::string(kEventPrefix) + type);
  return {};
}

Result<> read_fact(TomlSection& from, Check& to) {
  to.kind = Check::Kind::fact;
  KW_CHECK(read_name(from, "fact", to.keys.emplace_back(), 64, true));
  KW_CHECK(read_comparison(from, to.comparison));
  if (!to.comparison.asks()) return from.wrong("fact", "nothing is asked of it");
  bool empty_says_nothing = false;
  KW_CHECK(from.texts("says_nothing", to.says_nothing, kMostTypes));
  KW_CHECK(from.flag("empty_says_nothing", empty_says_nothing));
  if (empty_says_nothing) to.says_nothing.emplace_back();
  KW_CHECK(from.flag("signed", to.needs_signature));
  return read_span(from, "stale_after", true, to.stale_after);
}

Result<> read_event(TomlSection& from, Check& to) {
  to.kind = Check::Kind::event;
  KW_CHECK(read_types(from, "event", to.keys));
  if (to.keys.empty()) return from.wrong("event", "none");
  std::string must;
  KW_CHECK(from.text("must", must, 16));
  if (must != "happen" && must != "not_happen") return from.wrong("must", "happen or not_happen");
  to.must_happen = must == "happen";
  KW_CHECK(read_span(from, "within", true, to.within));
  KW_CHECK(read_types(from, "settled_by", to.settled_by));
  if (to.must_happen && !to.settled_by.empty()) return from.wrong("settled_by", "only of what must not happen");
  return read_span(from, "stale_after", true, to.stale_after);
}

Result<Check> read_check(TomlSection& from) {
  Check out;
  KW_CHECK(read_name(from, "name", out.name, 48, true));
  KW_CHECK(read_words(from, "what", true, out.what));
  KW_CHECK(from.flag("decides", out.decides));
  const int forms =
      static_cast<int>(from.has("fact")) + static_cast<int>(from.has("event")) + static_cast<int>(from.has("record"));
  if (forms != 1) return from.wrong("name", "exactly one of fact, event and record");
  if (from.has("fact")) {
    KW_CHECK(read_fact(from, out));
  } else if (from.has("event")) {
    KW_CHECK(read_event(from, out));
  } else {
    out.kind = Check::Kind::record;
    KW_CHECK(read_record(from, out));
    KW_CHECK(read_roles(from, "attested_by", out.roles));
  }
  KW_CHECK(from.finish());
  return out;
}

Result<> read_checks(TomlSection& root, Requirement& out) {
  KW_TRY(auto sections, root.sections("check", kMostChecks));
  if (sections.empty()) return root.wrong("check", "none");
  for (auto& section : sections) {
    KW_TRY(auto check, read_check(section));
    if (std::ranges::count(out.checks, check.name, &Check::name) > 0) return section.wrong("name", "twice");
    if (check.kind == Check::Kind::record) {
      if (check.roles.empty()) check.roles = out.attested_by;
      if (check.roles.empty()) return root.wrong("attested_by", "nobody may attest what a record is asked for");
    }
    out.checks.push_back(std::move(check));
  }
  return {};
}

Result<> read_kinds(TomlSection& root, Requirement& out) {
  std::vector<std::string> kinds;
  KW_CHECK(root.texts("kinds", kinds, 8));
  if (kinds.empty()) return root.wrong("kinds", "none");
  for (const auto& word : kinds) {
    const auto kind = parse_kind(word);
    if (!kind) return root.wrong("kinds", word + " is no kind");
    out.kinds.push_back(*kind);
  }
  return {};
}

Result<Requirement> read_rule(TomlSection root) {
  Requirement out;
  KW_CHECK(read_name(root, "id", out.id, 32, true));
  KW_CHECK(read_name(root, "clause", out.clause, 32, true));
  KW_CHECK(read_word(root, "modality", parse_modality, out.modality));
  KW_CHECK(read_kinds(root, out));
  KW_CHECK(read_word(root, "severity", parse_severity, out.severity));
  if ((out.severity == Severity::none) != (out.modality == Modality::informative))
    return root.wrong("severity", "none is for what is informative, and for it alone");
  KW_CHECK(read_word(root, "scope", parse_scope, out.scope));
  KW_CHECK(read_words(root, "title", true, out.title));
  KW_CHECK(read_words(root, "advice", true, out.advice));
  KW_CHECK(read_words(root, "leaves_open", false, out.leaves_open));
  KW_CHECK(read_roles(root, "attested_by", out.attested_by));
  KW_CHECK(root.flag("may_not_apply", out.may_not_apply));
  KW_CHECK(root.texts("also", out.also, kMostAlso));
  KW_CHECK(read_checks(root, out));
  KW_CHECK(root.finish());
  return out;
}

}  // namespace

Result<Requirement> parse_requirement(std::string_view toml, std::string_view file) {
  const auto read = [&]() -> Result<Requirement> {
    if (toml.size() > kMostRule) return fail(Errc::too_large, "at most " + std::to_string(kMostRule) + " octets");
    KW_TRY(const auto table, config::parse_toml(toml));
    return read_rule(TomlSection(&table, ""));
  };
  auto out = read();
  if (!out) return out.error().within(file);
  return out;
}

}  // namespace kw::compliance
