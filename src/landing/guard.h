#pragma once
// land decides about octets that are about to be kept: as they are, masked, or not at all.
//
//   KW_TRY(auto landed, land(octets, {.numbers = Landing::mask, .markings = Landing::refuse}));
//   if (!landed.octets) ... refused: landed.report says what was found and where
//
// PURE. Why: ADR 108.
#include <optional>
#include <string>
#include <string_view>

#include "landing/scanner.h"

namespace kw::landing {

enum class Landing : std::uint8_t { mask, refuse };

struct LandingRules {
  Landing numbers = Landing::refuse, markings = Landing::refuse;
  std::vector<Landing> operators{};  // of each rule of the operator, by its number; refuse where there is none
};

struct Landed {
  std::optional<Bytes> octets;  // nothing where they are refused
  LandingReport report;
};

/// masked_copy puts "[id-number]" and the like in the place of each hit; hits that overlap become one, the first's.
[[nodiscard]] Bytes masked_copy(ByteView octets, const std::vector<Hit>& hits);
/// land: more hits than a scanner keeps are refused, since not all of them could be masked. Errors are the rule
/// stream's.
Result<Landed> land(ByteView octets, const LandingRules& how, RuleStream* rules = nullptr);

/// What stands in the place of a text that could not be masked.
inline constexpr std::string_view kRefusedText = "[refused]";
/// masked_text is a text with its numbers and markings masked, for logs and for what a kiosk keeps; kRefusedText where
/// it holds more of them than a scanner keeps.
[[nodiscard]] std::string masked_text(std::string_view text);

}  // namespace kw::landing
