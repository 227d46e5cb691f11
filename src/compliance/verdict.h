#pragma once
// Verdict is what is known of one requirement at one subject, with a Reason for each check; evaluate gives it.
//
//   const auto verdict = evaluate(requirement, facts, evidences, now);
//   for (const auto& reason : verdict.reasons) out << text_of(requirement, reason) << "\n";
//
// The order of judging (ADR 130): a statement that it does not apply · a deciding check that fails: not_met · a
// deciding measurement that is unknown: unknown · nothing holds: unknown · something is missing, or the rule leaves
// something open: partly · all hold: met. PURE: the same arguments give the same verdict; thread-safe.
#include <optional>

#include "compliance/evidence.h"
#include "compliance/fact.h"
#include "compliance/requirement.h"

namespace kw::compliance {

/// Why a check came out as it did.
enum class Why : std::uint8_t {
  holds,
  never_measured,     // no such fact
  stale,              // measured too long ago
  not_measured,       // its source told that it could not
  in_future,          // measured later than now: somebody's clock is wrong
  not_signed,         // a signed fact was asked for
  differs,            // the value is not as it has to be
  happened,           // an event that must not
  did_not_happen,     // an event that must
  events_incomplete,  // events may still be on their way
  no_record,          // nobody attested
  expired,
  not_yet_valid,
  wrong_role,  // who gave it may not
  no_file,
  field_missing,
  field_differs,
  said_not_to_apply,  // two persons did
  may_not_be_left,    // the same, where the rule does not allow it
  one_signer,         // the same, by one person
  left_open,          // no check of the rule sees it
};
enum class Outcome : std::uint8_t { holds, fails, unknown };

struct Reason {
  static constexpr std::uint16_t kNoCheck = 0xffff;  // of the statement that it does not apply, and of left_open
  std::uint16_t check = kNoCheck;                    // of Requirement::checks
  Outcome outcome = Outcome::unknown;
  Why why = Why::never_measured;
  std::string used;   // key of the fact, type of the event, number of the record; the field behind '/'
  std::string value;  // what it was; shortened to 128 octets
  Duration age{};     // of what was used
};

struct Verdict {
  Status status = Status::unknown;
  std::vector<Reason> reasons;
  std::optional<Timestamp> valid_until;  // where records hold it, the first that ends
  Timestamp holds_until = kForever;      // with unchanged facts and evidence it is the same before this moment
};

[[nodiscard]] Verdict evaluate(const Requirement& requirement, const Facts& facts, const Evidences& evidences,
                               Timestamp now);
[[nodiscard]] std::string_view name(Why why) noexcept;
[[nodiscard]] std::string_view name(Outcome of) noexcept;
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view word) noexcept;
/// text_of: "others-up: fact interfaces.others_up is \"wlan0\", 3m old: differs (empty)".
[[nodiscard]] std::string text_of(const Requirement& requirement, const Reason& reason);

}  // namespace kw::compliance
