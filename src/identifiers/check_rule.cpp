#include "identifiers/check_rule.h"

#include <array>

namespace kw::identifiers {
namespace {

constexpr std::array<std::string_view, 4> kRules{"none", "mod11-2", "mod31", "luhn"};
constexpr std::array<unsigned, 18> kMod11Weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
// The check character stands for 31 less the sum, so it has weight 1 and the whole is a multiple of 31.
constexpr std::array<unsigned, 18> kMod31Weights{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1};
constexpr std::string_view kMod31Characters = "0123456789ABCDEFGHJKLMNPQRTUWXY";  // without I, O, S, V, Z
static_assert(kMod31Characters.size() == 31);

std::optional<unsigned> digit_value(char32_t c) noexcept {
  if (c < U'0' || c > U'9') return std::nullopt;
  return static_cast<unsigned>(c - U'0');
}

std::optional<unsigned> mod11(std::size_t at, char32_t c) noexcept {
  if (at == 17 && c == U'X') return 10;
  const auto value = digit_value(c);
  if (!value) return std::nullopt;
  return *value * kMod11Weights.at(at) % 11;
}
std::optional<unsigned> mod31(std::size_t at, char32_t c) noexcept {
  if (c > 0x7f) return std::nullopt;
  const auto value = kMod31Characters.find(static_cast<char>(c));
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(value) * kMod31Weights.at(at) % 31;
}
std::optional<unsigned> luhn(std::size_t from_behind, char32_t c) noexcept {
  const auto value = digit_value(c);
  if (!value || from_behind % 2 == 0) return value;
  return *value * 2 / 10 + *value * 2 % 10;
}

}  // namespace

std::optional<CheckRule> parse_check_rule(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (kRules.at(i) == word) return static_cast<CheckRule>(i);
  return std::nullopt;
}

unsigned modulus(CheckRule rule) noexcept {
  switch (rule) {
    case CheckRule::mod11_2:
      return 11;
    case CheckRule::mod31:
      return 31;
    case CheckRule::luhn:
      return 10;
    case CheckRule::none:
      break;
  }
  return 1;
}
unsigned target(CheckRule rule) noexcept { return rule == CheckRule::mod11_2 ? 1 : 0; }
std::size_t length(CheckRule rule) noexcept {
  return rule == CheckRule::mod11_2 || rule == CheckRule::mod31 ? kMod11Weights.size() : 0;
}

std::optional<unsigned> residue(CheckRule rule, std::size_t at, std::size_t size, char32_t c) noexcept {
  if (at >= size || (length(rule) != 0 && length(rule) != size)) return std::nullopt;
  switch (rule) {
    case CheckRule::mod11_2:
      return mod11(at, c);
    case CheckRule::mod31:
      return mod31(at, c);
    case CheckRule::luhn:
      return luhn(size - 1 - at, c);
    case CheckRule::none:
      break;
  }
  return 0;
}

bool follows(CheckRule rule, std::string_view number) noexcept {
  unsigned sum = 0;
  for (std::size_t at = 0; at < number.size(); ++at) {
    const auto value = residue(rule, at, number.size(), static_cast<unsigned char>(number[at]));
    if (!value) return false;
    sum = (sum + *value) % modulus(rule);
  }
  return !number.empty() && sum == target(rule) % modulus(rule);
}

}  // namespace kw::identifiers
