#include "identifiers/id_number.h"

#include <algorithm>
#include <chrono>

#include "identifiers/check_rule.h"

namespace kw::identifiers {
namespace {

constexpr std::size_t kSize = 18;
constexpr std::string_view kProvinces = "1112131415 212223 31323334353637 414243444546 5051525354 6162636465 71 818283";

bool all_digits(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
int number(std::string_view digits) noexcept {
  int out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return out;
}

}  // namespace

bool is_province(std::string_view two_digits) noexcept {
  if (two_digits.size() != 2 || !all_digits(two_digits)) return false;
  std::size_t at = 0;
  while (at < kProvinces.size()) {
    if (kProvinces[at] == ' ') {
      ++at;
    } else {
      if (kProvinces.substr(at, 2) == two_digits) return true;
      at += 2;
    }
  }
  return false;
}

bool is_region_number(std::string_view text) noexcept {
  return text.size() == 6 && all_digits(text) && is_province(text.substr(0, 2));
}

bool is_birth_date(std::string_view text) noexcept {
  if (text.size() != 8 || !all_digits(text)) return false;
  const int year = number(text.substr(0, 4)), month = number(text.substr(4, 2)), day = number(text.substr(6, 2));
  const auto date = std::chrono::year(year) / month / day;
  return year >= 1850 && year <= 2199 && date.ok();
}

bool is_id_number(std::string_view text) noexcept {
  if (text.size() != kSize || !all_digits(text.substr(0, kSize - 1))) return false;
  const bool foreign = text[0] == '9';
  if (!is_province(text.substr(foreign ? 1 : 0, 2)) || !is_birth_date(text.substr(6, 8))) return false;
  if (text.back() != 'x') return follows(CheckRule::mod11_2, text);
  char capital[kSize];
  std::ranges::copy(text, capital);
  capital[kSize - 1] = 'X';
  return follows(CheckRule::mod11_2, {capital, kSize});
}

}  // namespace kw::identifiers
