#include "matters/value_check.h"

#include <algorithm>

#include "base/utf8.h"

namespace kw::matters {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }
int two(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return is_digits(text) && text.size() <= 18;
}

bool is_year(std::string_view text) {
  return is_digits(text) && text.size() == 4 &&
         (text.starts_with("19") || text.starts_with("20") || text.starts_with("21"));
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !is_year(text.substr(0, 4)) ||
      !is_digits(text.substr(5, 2)) || !is_digits(text.substr(8)))
    return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = two(text, 0) * 100 + two(text, 2), month = two(text, 5), day = two(text, 8);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_text(std::string_view text) {
  return !text.empty() && text.size() <= kMostValueText && is_utf8(text) && std::ranges::none_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\n') || octet == 0x7f;
  });
}

/// Empty where the value is good.
std::string_view wanted(const vault::DataField& field, std::string_view value) {
  using vault::FieldType;
  switch (field.type) {
    case FieldType::number:
      return is_number(value) ? "" : "1 to 18 digits";
    case FieldType::year:
      return is_year(value) ? "" : "a year of four digits";
    case FieldType::date:
      return is_date(value) ? "" : "a date, YYYY-MM-DD";
    case FieldType::flag:
      return value == "true" || value == "false" ? "" : "true or false";
    case FieldType::sex:
      return value == "男" || value == "女" || value == "未说明" ? "" : "男, 女 or 未说明";
    case FieldType::choice:
      return std::ranges::find(field.choices, value) != field.choices.end() ? "" : "one of the choices";
    case FieldType::image:
    case FieldType::video:
    case FieldType::file:
      return "a file is no text";
    default:
      return is_text(value) ? "" : "a text without control characters, at most 8 KiB";
  }
}

}  // namespace

Result<> check_value(const vault::DataField& field, std::string_view value) {
  if (const auto want = wanted(field, value); !want.empty())
    return fail(Errc::invalid, field.name + ": " + std::string(want));
  return {};
}

}  // namespace kw::matters
