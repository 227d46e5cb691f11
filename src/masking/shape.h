#pragma once
// Shape is one form of a number, character by character: which characters may stand where, and the rule that they bear
// each other out by.
//
//   parse_shape("region date [0-9]*3 [0-9X]", "mod11-2")    an identity number: 18 characters
//
//   'ABC'          these characters          [A-HJ0-9]*3   three characters of a set
//   region         six digits, GB/T 2260     province      its first two
//   date           YYYYMMDD                  yymmdd        a date of this century or the last
//
// PURE; any thread.
#include <string>
#include <vector>

#include "base/result.h"
#include "identifiers/check_rule.h"

namespace kw::masking {

struct Part {
  enum class Kind : std::uint8_t { letter, region, province, date, short_date };
  Kind kind = Kind::letter;
  std::u32string letters{};  // of a letter: what may stand there, in order, each once
  std::size_t size = 1;
};

struct Shape {
  static constexpr std::size_t kMostSize = 32;
  std::vector<Part> parts;
  identifiers::CheckRule rule = identifiers::CheckRule::none;
  std::size_t size = 0;
};

/// parse_shape: Errc::invalid for anything else than the words above.
Result<Shape> parse_shape(std::string_view parts, std::string_view rule);
/// fits says whether the value has this shape, dates and check included.
[[nodiscard]] bool fits(const Shape& shape, std::u32string_view value);

}  // namespace kw::masking
