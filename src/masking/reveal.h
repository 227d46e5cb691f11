#pragma once
// RevealRules decides who sees a whole value, where and what for: may_reveal gives the decision with its reason.
//
//   KW_TRY(const auto rules, parse_reveal_rules(toml));                        catalogue/masks/reveal.toml
//   rules.may_reveal({"applicant", "phone", Purpose::entry, Place::entry_screen, {}})   allowed: entry_screen
//
// Two ways alone: a field of an entry screen, to the role that fills it in; and a printed certificate, where the rule
// of the matter names the field. Everything else is refused, whatever a file says. PURE; any thread. Why: ADR 107.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::masking {

enum class Purpose : std::uint8_t { entry, certificate, listing, support, exporting };
enum class Place : std::uint8_t { entry_screen, list_screen, printer, file, log };
/// The words of API, link and records: "entry", "entry_screen", …; *_of: nullopt for another word.
[[nodiscard]] std::string_view name(Purpose purpose) noexcept;
[[nodiscard]] std::string_view name(Place place) noexcept;
[[nodiscard]] std::optional<Purpose> purpose_of(std::string_view word) noexcept;
[[nodiscard]] std::optional<Place> place_of(std::string_view word) noexcept;

struct RevealAsk {
  std::string role, field;
  Purpose purpose = Purpose::listing;
  Place place = Place::list_screen;
  std::string matter;  // of a certificate
};

enum class RevealReason : std::uint8_t {
  entry_screen,    // allowed: the one who fills in the screen
  rule_of_matter,  // allowed: the certificate bears the value
  wrong_purpose,   // refused: no purpose for which anybody sees whole values
  wrong_place,     // refused: the purpose has another place
  role_not_named,
  field_not_named,
  matter_unknown,
};
[[nodiscard]] std::string_view name(RevealReason reason) noexcept;

struct RevealDecision {
  RevealReason reason = RevealReason::wrong_purpose;
  [[nodiscard]] bool allowed() const noexcept {
    return reason == RevealReason::entry_screen || reason == RevealReason::rule_of_matter;
  }
};

class RevealRules {
 public:
  [[nodiscard]] RevealDecision may_reveal(const RevealAsk& ask) const;

 private:
  friend Result<RevealRules> parse_reveal_rules(std::string_view toml);
  struct Rule {
    std::string matter;  // empty: the entry screens
    std::set<std::string> roles, fields;
  };
  static RevealDecision by(const Rule& rule, const RevealAsk& ask, RevealReason allowed);
  Rule entry_;
  std::vector<Rule> certificates_;
};

/// parse_reveal_rules: Errc::malformed, Errc::invalid with the key's name, Errc::too_large.
Result<RevealRules> parse_reveal_rules(std::string_view toml);

}  // namespace kw::masking
