#include "compliance/rule_parts.h"

#include <algorithm>
#include <array>

namespace kw::compliance {
namespace {

using config::TomlSection;

constexpr std::array<std::string_view, 7> kRoles{"system",    "security",  "audit",   "operator",
                                                 "inspector", "custodian", "assessor"};
constexpr std::size_t kMostTexts = 32;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

Result<> read_bound(TomlSection& from, std::string_view key, std::optional<std::int64_t>& to) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  if (!from.has(key)) return {};
  std::int64_t number = 0;
  KW_CHECK(from.number(key, -kMost, kMost, number));
  to = number;
  return {};
}

}  // namespace

Result<> read_name(TomlSection& from, std::string_view key, std::string& to, std::size_t most, bool needed) {
  KW_CHECK(from.text(key, to, most));
  if (to.empty() && (needed || from.has(key))) return from.wrong(key, "missing");
  if (!is_plain(to)) return from.wrong(key, "letters, digits, '.', '_' and '-'");
  return {};
}

Result<> read_words(TomlSection& from, std::string_view key, bool needed, Words& to) {
  if (!from.has(key)) {
    if (needed) return from.wrong(key, "missing");
    return {};
  }
  KW_TRY(auto section, from.section(key));
  KW_CHECK(section.text("zh", to.zh, 512, 2));
  KW_CHECK(section.text("en", to.en, 512, 2));
  if (to.zh.empty()) return section.wrong("zh", "missing");
  if (to.en.empty()) return section.wrong("en", "missing");
  return section.finish();
}

Result<> read_span(TomlSection& from, std::string_view key, bool needed, Duration& to) {
  if (!from.has(key)) {
    if (needed) return from.wrong(key, "missing");
    return {};
  }
  std::string text;
  KW_CHECK(from.text(key, text, 8));
  const auto span = parse_span(text);
  if (!span) return from.wrong(key, span.error().detail());
  if (*span <= Duration(0)) return from.wrong(key, "above nothing");
  to = *span;
  return {};
}

Result<> read_comparison(TomlSection& from, Comparison& to) {
  KW_CHECK(from.texts("is", to.is, kMostTexts));
  KW_CHECK(from.texts("is_not", to.is_not, kMostTexts));
  if (from.has("empty")) {
    bool empty = false;
    KW_CHECK(from.flag("empty", empty));
    to.empty = empty;
  }
  KW_CHECK(read_bound(from, "at_least", to.at_least));
  KW_CHECK(read_bound(from, "at_most", to.at_most));
  if (to.at_least && to.at_most && *to.at_least > *to.at_most) return from.wrong("at_most", "below at_least");
  if (from.has("newer_than")) {
    Duration span{};
    KW_CHECK(read_span(from, "newer_than", true, span));
    to.newer_than = span;
  }
  return {};
}

Result<> read_record(TomlSection& from, Check& to) {
  KW_CHECK(read_name(from, "record", to.record, 64, true));
  if (to.record == "not_applicable") return from.wrong("record", "a kind of its own");
  std::vector<std::string> names;
  KW_CHECK(from.texts("fields", names, kMostFields));
  for (auto& one : names) to.fields.push_back({.name = std::move(one), .comparison = {}});
  KW_TRY(auto sections, from.sections("field", kMostFields));
  for (auto& section : sections) {
    FieldCheck field;
    KW_CHECK(read_name(section, "name", field.name, 64, true));
    KW_CHECK(read_comparison(section, field.comparison));
    if (!field.comparison.asks()) return section.wrong("name", "nothing is asked of it; it belongs to fields");
    KW_CHECK(section.finish());
    to.fields.push_back(std::move(field));
  }
  for (std::size_t i = 0; i < to.fields.size(); ++i) {
    const auto& field = to.fields[i].name;
    if (!is_plain(field)) return from.wrong("fields", "letters, digits, '.', '_' and '-'");
    if (std::ranges::count(to.fields, field, &FieldCheck::name) > 1) return from.wrong("fields", field + " twice");
  }
  KW_CHECK(read_span(from, "valid_for", false, to.valid_for));
  return from.flag("file", to.needs_file);
}

Result<> read_roles(TomlSection& from, std::string_view key, std::vector<std::string>& to) {
  KW_CHECK(from.texts(key, to, kMostRoles));
  for (const auto& role : to)
    if (std::ranges::find(kRoles, role) == kRoles.end()) return from.wrong(key, role + " is no role");
  return {};
}

}  // namespace kw::compliance
