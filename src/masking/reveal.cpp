#include "masking/reveal.h"

#include <algorithm>
#include <array>
#include <span>

#include "masking/toml_file.h"

namespace kw::masking {
namespace {

constexpr std::size_t kMostRevealFile = 64 * 1024, kMostMatters = 256, kMostNames = 64;

constexpr std::array<std::string_view, 5> kPurposeWords{"entry", "certificate", "listing", "support", "exporting"};
constexpr std::array<std::string_view, 5> kPlaceWords{"entry_screen", "list_screen", "printer", "file", "log"};

template <class E>
std::optional<E> word_among(std::span<const std::string_view> words, std::string_view word) noexcept {
  const auto at = std::ranges::find(words, word);
  if (at == words.end()) return std::nullopt;
  return static_cast<E>(at - words.begin());
}

Result<std::set<std::string>> read_names(config::TomlSection& from, std::string_view key) {
  std::vector<std::string> names;
  KW_CHECK(from.texts(key, names, kMostNames));
  return std::set<std::string>(names.begin(), names.end());
}

}  // namespace

std::string_view name(Purpose purpose) noexcept { return kPurposeWords.at(static_cast<std::size_t>(purpose)); }
std::string_view name(Place place) noexcept { return kPlaceWords.at(static_cast<std::size_t>(place)); }
std::optional<Purpose> purpose_of(std::string_view word) noexcept { return word_among<Purpose>(kPurposeWords, word); }
std::optional<Place> place_of(std::string_view word) noexcept { return word_among<Place>(kPlaceWords, word); }

std::string_view name(RevealReason reason) noexcept {
  constexpr std::array<std::string_view, 7> kNames{"entry_screen",   "rule_of_matter",  "wrong_purpose", "wrong_place",
                                                   "role_not_named", "field_not_named", "matter_unknown"};
  return kNames.at(static_cast<std::size_t>(reason));
}

RevealDecision RevealRules::by(const Rule& rule, const RevealAsk& ask, RevealReason allowed) {
  if (!rule.roles.contains(ask.role)) return {RevealReason::role_not_named};
  if (!rule.fields.contains(ask.field)) return {RevealReason::field_not_named};
  return {allowed};
}

RevealDecision RevealRules::may_reveal(const RevealAsk& ask) const {
  if (ask.purpose == Purpose::entry) {
    if (ask.place != Place::entry_screen) return {RevealReason::wrong_place};
    return by(entry_, ask, RevealReason::entry_screen);
  }
  if (ask.purpose != Purpose::certificate) return {RevealReason::wrong_purpose};
  if (ask.place != Place::printer) return {RevealReason::wrong_place};
  const auto rule = std::ranges::find(certificates_, ask.matter, &Rule::matter);
  if (rule == certificates_.end()) return {RevealReason::matter_unknown};
  return by(*rule, ask, RevealReason::rule_of_matter);
}

Result<RevealRules> parse_reveal_rules(std::string_view text) {
  return read_toml(text, kMostRevealFile, [](config::TomlSection root) -> Result<RevealRules> {
    RevealRules out;
    KW_TRY(auto entry, root.section("entry"));
    KW_TRY(out.entry_.roles, read_names(entry, "roles"));
    KW_TRY(out.entry_.fields, read_names(entry, "fields"));
    KW_CHECK(entry.finish());
    KW_TRY(auto certificates, root.sections("certificate", kMostMatters));
    for (auto& section : certificates) {
      RevealRules::Rule rule;
      KW_CHECK(section.text("matter", rule.matter, 64, 1));
      if (rule.matter.empty()) return section.wrong("matter", "missing");
      if (std::ranges::count(out.certificates_, rule.matter, &RevealRules::Rule::matter) > 0)
        return section.wrong("matter", "twice");
      KW_TRY(rule.roles, read_names(section, "roles"));
      KW_TRY(rule.fields, read_names(section, "fields"));
      KW_CHECK(section.finish());
      out.certificates_.push_back(std::move(rule));
    }
    KW_CHECK(root.finish());
    return out;
  });
}

}  // namespace kw::masking
