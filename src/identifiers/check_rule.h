#pragma once
// CheckRule names how the characters of a number bear each other out; follows() asks it of a whole number.
//
// Every rule here is a sum: each character adds a residue that depends on its place, and the residues of a good number
// add up to target(rule) modulo modulus(rule). Validators ask for the sum, the gate of masks counts by it
// (docs/design/masking.md), so both know the same rule.
//
//   mod11_2  18 characters   identity numbers           GB 11643-1999, ISO 7064 MOD 11-2
//   mod31    18 characters   unified credit codes       GB 32100-2015, annex A
//   luhn     any length      bank cards                 ISO/IEC 7812-1, annex B
//
// PURE; any thread.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kw::identifiers {

enum class CheckRule : std::uint8_t { none, mod11_2, mod31, luhn };

/// parse_check_rule takes "none", "mod11-2", "mod31" and "luhn".
[[nodiscard]] std::optional<CheckRule> parse_check_rule(std::string_view word) noexcept;
/// modulus is 1 for `none`, so that every sum fits.
[[nodiscard]] unsigned modulus(CheckRule rule) noexcept;
[[nodiscard]] unsigned target(CheckRule rule) noexcept;
/// The length that the rule is for; 0: any.
[[nodiscard]] std::size_t length(CheckRule rule) noexcept;
/// residue is what `c` at place `at` of `size` adds; nothing where the rule knows no such character there.
[[nodiscard]] std::optional<unsigned> residue(CheckRule rule, std::size_t at, std::size_t size, char32_t c) noexcept;
[[nodiscard]] bool follows(CheckRule rule, std::string_view number) noexcept;

}  // namespace kw::identifiers
