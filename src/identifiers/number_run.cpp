#include "identifiers/number_run.h"

#include <algorithm>
#include <array>

#include "identifiers/check_rule.h"
#include "identifiers/id_number.h"

namespace kw::identifiers {
namespace {

constexpr std::size_t kIdSize = 18, kPhoneSize = 11, kLeastCard = 16, kMostCard = 19;

bool is_phone(std::string_view run) noexcept {
  if (run.size() == kPhoneSize + 2 && run.starts_with("86")) run.remove_prefix(2);
  return run.size() == kPhoneSize && run[0] == '1' && run[1] >= '3';
}
bool is_card(std::string_view run) noexcept {
  return run.size() >= kLeastCard && run.size() <= kMostCard && run[0] >= '3' && run[0] <= '6' &&
         follows(CheckRule::luhn, run);
}

}  // namespace

std::string_view name(NumberKind kind) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"none", "id-number", "phone", "bank-card"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Number judge_run(std::string_view run, char behind, bool letter_before) noexcept {
  if (run.size() < kLeastRun || run.size() > kMostRun) return {};
  if (run.size() == kIdSize && is_id_number(run)) return {NumberKind::id_number, kIdSize};
  if (run.size() == kIdSize - 1 && (behind == 'X' || behind == 'x')) {
    char whole[kIdSize];
    std::ranges::copy(run, whole);
    whole[kIdSize - 1] = behind;
    if (is_id_number({whole, kIdSize})) return {NumberKind::id_number, kIdSize};
  }
  if (letter_before || is_letter(behind)) return {};
  if (is_phone(run)) return {NumberKind::phone, run.size()};
  if (is_card(run)) return {NumberKind::bank_card, run.size()};
  return {};
}

}  // namespace kw::identifiers
