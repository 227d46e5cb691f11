#include "compliance/verdict.h"

#include <algorithm>
#include <array>

namespace kw::compliance {
namespace {

constexpr std::array<std::string_view, 21> kWhyNames{
    "holds",           "never_measured", "stale",          "not_measured",      "in_future",     "not_signed",
    "differs",         "happened",       "did_not_happen", "events_incomplete", "no_record",     "expired",
    "not_yet_valid",   "wrong_role",     "no_file",        "field_missing",     "field_differs", "said_not_to_apply",
    "may_not_be_left", "one_signer",     "left_open"};
constexpr std::array<std::string_view, 3> kOutcomeNames{"holds", "fails", "unknown"};
constexpr std::array<std::string_view, 3> kSorts{"fact ", "", "record "};

}  // namespace

std::string_view name(Why why) noexcept { return kWhyNames.at(static_cast<std::size_t>(why)); }

std::string_view name(Outcome of) noexcept { return kOutcomeNames.at(static_cast<std::size_t>(of)); }
std::optional<Outcome> parse_outcome(std::string_view word) noexcept {
  const auto found = std::ranges::find(kOutcomeNames, word);
  if (found == kOutcomeNames.end()) return std::nullopt;
  return static_cast<Outcome>(found - kOutcomeNames.begin());
}

std::string text_of(const Requirement& requirement, const Reason& reason) {
  if (reason.why == Why::left_open) return "left_open: " + requirement.leaves_open.en;
  if (reason.check >= requirement.checks.size()) {
    return std::string(kNotApplicable) + ": record " + reason.used + ": " + std::string(name(reason.why)) +
           (reason.value.empty() ? "" : " (" + reason.value + ")");
  }
  const auto& check = requirement.checks[reason.check];
  auto out = check.name + ": " + std::string(kSorts.at(static_cast<std::size_t>(check.kind))) + reason.used;
  const bool seen = reason.why != Why::never_measured && reason.why != Why::no_record &&
                    reason.why != Why::events_incomplete && reason.why != Why::did_not_happen;
  const bool shown = check.kind == Check::Kind::fact || !reason.value.empty();
  if (seen && shown) out += " is \"" + reason.value + "\"";
  if (seen) out += ", " + text_of_span(std::chrono::floor<std::chrono::minutes>(reason.age)) + " old";
  out += ": " + std::string(name(reason.why));
  if (reason.why == Why::differs) out += " (" + text_of(check.comparison) + ")";
  return out;
}

}  // namespace kw::compliance
