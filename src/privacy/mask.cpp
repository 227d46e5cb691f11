#include "privacy/mask.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace kw::privacy {
namespace {

constexpr std::size_t kIdNumber = 18, kPhone = 11, kLeastCard = 16, kMostCard = 19;
constexpr std::size_t kLeastPhoneDigits = 7;

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int value_of(char c) noexcept { return c - '0'; }

int number_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
  int out = 0;
  for (std::size_t i = at; i < at + count; ++i) out = out * 10 + value_of(text[i]);
  return out;
}

/// Seventeen digits and a check character (ISO 7064 MOD 11-2), with a date of birth that can be one.
bool is_id_number(std::string_view text) noexcept {
  constexpr std::array<int, 17> kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr std::string_view kChecks = "10X98765432";
  if (text[0] == '0') return false;
  const int year = number_at(text, 6, 4), month = number_at(text, 10, 2), day = number_at(text, 12, 2);
  if (year < 1850 || year > 2199 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += kWeights.at(i) * value_of(text[i]);
  const char last = text[17] == 'x' ? 'X' : text[17];
  return kChecks[static_cast<std::size_t>(sum % 11)] == last;
}

bool is_card(std::string_view digits) noexcept {
  if (digits[0] < '3' || digits[0] > '6') return false;
  int sum = 0;
  bool doubled = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, doubled = !doubled) {
    const int twice = value_of(*at) * 2;
    sum += doubled ? twice / 10 + twice % 10 : value_of(*at);
  }
  return sum % 10 == 0;
}

struct Found {
  std::size_t size = 0;
  std::string_view word{};
};

/// What begins with the `run` digits at the front of `text`. `apart`: no letter stands before or behind them, as one
/// does in a digest.
Found identifier(std::string_view text, std::size_t run, bool apart_before) noexcept {
  const bool check_letter = run == kIdNumber - 1 && text.size() > run && (text[run] == 'X' || text[run] == 'x');
  if ((run == kIdNumber || check_letter) && is_id_number(text.substr(0, kIdNumber))) return {kIdNumber, "[id-number]"};
  const bool apart = apart_before && (text.size() == run || !letter(text[run]));
  if (!apart) return {};
  const bool international = run == kPhone + 2 && text.starts_with("86");
  const auto local = text.substr(international ? 2 : 0);
  if ((run == kPhone || international) && local[0] == '1' && local[1] >= '3') return {run, "[phone]"};
  if (run >= kLeastCard && run <= kMostCard && is_card(text.substr(0, run))) return {run, "[bank-card]"};
  return {};
}

}  // namespace

std::string masked(std::string_view text) {
  if (text.empty()) return {};
  const auto digits = static_cast<std::size_t>(std::ranges::count_if(text, digit));
  const bool plain = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain && digits >= kLeastPhoneDigits) {
    return std::string(text.substr(0, digits > 8 ? 3 : 1)) + "****" + std::string(text.substr(text.size() - 2));
  }
  return std::string(text.substr(0, std::max<std::size_t>(1, utf8_length(text)))) + "**";
}

std::string hide_identifiers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!digit(text[at])) {
      out.push_back(text[at++]);
      continue;
    }
    std::size_t run = 0;
    while (at + run < text.size() && digit(text[at + run])) ++run;
    const bool apart = out.empty() || !letter(out.back());
    const auto found = identifier(text.substr(at), run, apart);
    if (found.size > 0) {
      out += found.word;
    } else {
      out += text.substr(at, run);
    }
    at += std::max(run, found.size);
  }
  return out;
}

}  // namespace kw::privacy
