#pragma once
// judge_run says what a run of digits in a text is: an identity number, a mobile telephone number, a bank card, or
// nothing that a rule could tell.
//
// The one place that knows; free text (privacy::hide_identifiers) and the landing scanner (landing::Scanner) ask it.
// Only forms with a check or a fixed shape: serial numbers, times and digests stay. A run is as long as digits follow
// each other: a number inside a longer one is none. PURE; any thread. Why: ADR 73, ADR 105.
#include <cstdint>
#include <string_view>

namespace kw::identifiers {

enum class NumberKind : std::uint8_t { none, id_number, phone, bank_card };
[[nodiscard]] std::string_view name(NumberKind kind) noexcept;

inline constexpr std::size_t kLeastRun = 11;  // shorter runs are nothing
inline constexpr std::size_t kMostRun = 19;   // and so are longer ones

struct Number {
  NumberKind kind = NumberKind::none;
  std::size_t size = 0;  // octets: the run, with the check letter X behind it
};

/// `run` holds the digits alone. `behind` is the octet after it, 0 where the text ends. `letter_before`: a Latin letter
/// stands before it, as in a digest; an identity number is found all the same, its check says enough.
[[nodiscard]] Number judge_run(std::string_view run, char behind, bool letter_before) noexcept;

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace kw::identifiers
