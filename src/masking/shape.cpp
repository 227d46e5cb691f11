#include "masking/shape.h"

#include <algorithm>

#include "identifiers/id_number.h"
#include "masking/code_points.h"

namespace kw::masking {
namespace {

using identifiers::CheckRule;

/// plain_ascii gives "" where a character is none of ASCII's.
std::string plain_ascii(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    if (c > 0x7f) return {};
    out += static_cast<char>(c);
  }
  return out;
}

Result<std::u32string> letters_of(std::u32string_view set) {
  std::u32string out;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == U'-';
    const char32_t last = range ? set[i + 2] : set[i];
    if (last < set[i] || last - set[i] > 64) return fail(Errc::invalid, "set: range");
    for (char32_t c = set[i]; c <= last; ++c) {
      if (out.find(c) != std::u32string::npos) return fail(Errc::invalid, "set: a character stands twice");
      out += c;
    }
    if (range) i += 2;
  }
  if (out.empty()) return fail(Errc::invalid, "set: empty");
  return out;
}

Result<std::size_t> count_behind(std::u32string_view rest) {
  if (rest.empty()) return 1;
  const auto digits = plain_ascii(rest.substr(1));
  if (rest[0] != U'*' || digits.empty() || digits.size() > 2 ||
      !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
    return fail(Errc::invalid, "set: [..]*COUNT");
  const auto count = static_cast<std::size_t>(std::stoi(digits));
  if (count < 1 || count > Shape::kMostSize) return fail(Errc::invalid, "set: count");
  return count;
}

Result<> add_word(std::u32string_view word, Shape& out) {
  const auto named = [&](std::u32string_view name, Part::Kind kind, std::size_t size) {
    if (word != name) return false;
    out.parts.push_back({kind, {}, size});
    return true;
  };
  if (named(U"region", Part::Kind::region, 6) || named(U"province", Part::Kind::province, 2) ||
      named(U"date", Part::Kind::date, 8) || named(U"yymmdd", Part::Kind::short_date, 6))
    return {};
  if (word.size() > 2 && word.front() == U'\'' && word.back() == U'\'') {
    for (const char32_t c : word.substr(1, word.size() - 2)) out.parts.push_back({Part::Kind::letter, {c}, 1});
    return {};
  }
  const auto end = word.find(U']');
  if (word.front() != U'[' || end == std::u32string_view::npos) return fail(Errc::invalid, "parts: unknown word");
  KW_TRY(const auto letters, letters_of(word.substr(1, end - 1)));
  KW_TRY(const auto count, count_behind(word.substr(end + 1)));
  for (std::size_t i = 0; i < count; ++i) out.parts.push_back({Part::Kind::letter, letters, 1});
  return {};
}

/// Every character of every part means something to the rule: else a good value could not be told.
Result<> check_rule_of(const Shape& shape) {
  if (const auto needed = identifiers::length(shape.rule); needed != 0 && needed != shape.size)
    return fail(Errc::invalid, "check: the rule is for " + std::to_string(needed) + " characters");
  std::size_t at = 0;
  for (const auto& part : shape.parts) {
    for (const char32_t c : part.letters)
      if (!residue(shape.rule, at, shape.size, c)) return fail(Errc::invalid, "check: a character that it knows not");
    at += part.size;
  }
  return {};
}

bool part_fits(const Part& part, std::u32string_view value) {
  if (part.kind == Part::Kind::letter) return part.letters.find(value[0]) != std::u32string::npos;
  const auto digits = plain_ascii(value);
  switch (part.kind) {
    case Part::Kind::region:  // 81, 82 and 83 are on residence permits, which have a kind of their own
      return identifiers::is_region_number(digits) && digits[0] != '8';
    case Part::Kind::province:
      return identifiers::is_province(digits) && digits[0] != '8';
    case Part::Kind::date:
      return identifiers::is_birth_date(digits);
    case Part::Kind::short_date:
      return identifiers::is_birth_date("19" + digits) || identifiers::is_birth_date("20" + digits);
    case Part::Kind::letter:
      break;
  }
  return false;
}

}  // namespace

Result<Shape> parse_shape(std::string_view parts, std::string_view rule) {
  Shape out;
  const auto known = identifiers::parse_check_rule(rule);
  if (!known) return fail(Errc::invalid, "check: none, mod11-2, mod31 or luhn");
  out.rule = *known;
  const auto text = code_points_of(parts);
  if (!text) return fail(Errc::invalid, "parts: UTF-8");
  for (std::size_t at = 0; at < text->size();) {
    if ((*text)[at] == U' ') {
      ++at;
      continue;
    }
    const auto end = std::min(text->find(U' ', at), text->size());
    KW_CHECK(add_word(std::u32string_view(*text).substr(at, end - at), out));
    if (out.parts.size() > Shape::kMostSize) return fail(Errc::invalid, "parts: too many");
    at = end;
  }
  for (const auto& part : out.parts) out.size += part.size;
  if (out.size == 0 || out.size > Shape::kMostSize) return fail(Errc::invalid, "parts: 1 to 32 characters");
  KW_CHECK(check_rule_of(out));
  return out;
}

bool fits(const Shape& shape, std::u32string_view value) {
  if (value.size() != shape.size) return false;
  std::size_t at = 0;
  unsigned sum = 0;
  for (const auto& part : shape.parts) {
    if (!part_fits(part, value.substr(at, part.size))) return false;
    for (std::size_t i = 0; i < part.size; ++i, ++at) {
      const auto value_there = identifiers::residue(shape.rule, at, shape.size, value[at]);
      if (!value_there) return false;
      sum += *value_there;
    }
  }
  const auto modulus = identifiers::modulus(shape.rule);
  return sum % modulus == identifiers::target(shape.rule) % modulus;
}

}  // namespace kw::masking
