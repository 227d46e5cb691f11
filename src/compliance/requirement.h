#pragma once
// Requirement is one row of a standard as data: what is checked, how old a measurement may be, who may attest, what to
// do. parse_requirement reads it from a rule file (catalogue/compliance/503.7/ID/rule.toml).
//
// Three checks there are. `fact` compares a measured value; `event` asks that events of some types happened, or did
// not, within a time; `record` asks for evidence of a kind with its fields. A check that does not decide leaves the
// requirement partly met where it fails. Source: DB4403/T 503.7-2024, ADR 130, ADR 131. PURE; thread-safe.
#include <string>
#include <vector>

#include "base/result.h"
#include "compliance/comparison.h"
#include "compliance/words.h"

namespace kw::compliance {

/// The longest rule file that is read, in octets.
inline constexpr std::size_t kMostRule = 64 * 1024;

struct FieldCheck {
  std::string name;
  Comparison comparison;  // asks nothing: it has to be there and not empty
};

struct Check {
  enum class Kind : std::uint8_t { fact, event, record };
  Kind kind = Kind::fact;
  std::string name;  // unique in its requirement: a-z, 0-9, '-'
  Words what;
  bool decides = true;
  // fact and event
  std::vector<std::string> keys;          // one key; or the types of events, with kEventPrefix
  Comparison comparison;                  // of the fact
  Duration stale_after{};                 // a measurement older than this says nothing
  std::vector<std::string> says_nothing;  // values by which the source tells that it could not measure
  bool needs_signature = false;           // of the fact
  bool must_happen = false;               // of events: true asks for one, false for none
  Duration within{};                      // of events: how far back is looked
  std::vector<std::string> settled_by;    // types; a later one of these settles what happened, with kEventPrefix
  // record
  std::string record;  // kind of evidence
  std::vector<FieldCheck> fields;
  Duration valid_for{};  // from valid_from on, whatever the paper says; zero: the paper alone
  bool needs_file = false;
  std::vector<std::string> roles;  // who may attest it
};

struct Requirement {
  std::string id, clause;
  Modality modality = Modality::shall;
  std::vector<Kind> kinds;
  Severity severity = Severity::ordinary;
  Scope scope = Scope::device;
  Words title, advice;
  Words leaves_open;  // not empty: what no check of this rule sees; it is at most partly met
  std::vector<Check> checks;
  std::vector<std::string> attested_by;  // roles
  bool may_not_apply = false;
  std::vector<std::string> also;  // items of other standards that the same evidence proves
};

/// chapter_of is the part of a clause before the first dot or letter: "7" of "7.4-a".
[[nodiscard]] constexpr std::string_view chapter_of(std::string_view clause) noexcept {
  return clause.substr(0, clause.find_first_of(".-"));
}

/// parse_requirement: Errc::too_large, Errc::malformed with the line, Errc::invalid with the key; each names `file`.
[[nodiscard]] Result<Requirement> parse_requirement(std::string_view toml, std::string_view file = "rule.toml");

}  // namespace kw::compliance
