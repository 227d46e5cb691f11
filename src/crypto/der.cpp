#include "crypto/der.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

namespace kw::crypto {
namespace {

constexpr std::size_t kMostLengthOctets = 3;

Result<int> digits(std::string_view text, std::size_t at, std::size_t n) {
  int out = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (text[i] < '0' || text[i] > '9') return fail(Errc::malformed, "time");
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

Result<Timestamp> parse_time(std::string_view text, std::size_t year_digits) {
  if (text.size() != year_digits + 11 || text.back() != 'Z') return fail(Errc::malformed, "time");
  KW_TRY(int year, digits(text, 0, year_digits));
  if (year_digits == 2) year += year < 50 ? 2000 : 1900;
  KW_TRY(const int month, digits(text, year_digits, 2));
  KW_TRY(const int day, digits(text, year_digits + 2, 2));
  KW_TRY(const int hour, digits(text, year_digits + 4, 2));
  KW_TRY(const int minute, digits(text, year_digits + 6, 2));
  KW_TRY(const int second, digits(text, year_digits + 8, 2));
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return fail(Errc::malformed, "time");
  // A Timestamp ends in 2262 and begins in 1677; "no expiry" (year 9999) is held at the end of that range.
  if (year >= 2262) return Timestamp{std::numeric_limits<std::int64_t>::max()};
  if (year < 1678) return fail(Errc::malformed, "time");
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return Timestamp::from_seconds(((days * 24 + hour) * 60 + minute) * 60 + second);
}

}  // namespace

Result<DerReader::Element> DerReader::any() {
  if (in_.size() < 2) return fail(Errc::truncated, "DER");
  const Byte tag = in_[0];
  if ((tag & 0x1f) == 0x1f) return fail(Errc::malformed, "DER tag");
  std::size_t header = 2;
  std::size_t length = in_[1];
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > kMostLengthOctets) return fail(Errc::malformed, "DER length");
    if (in_.size() < 2 + octets) return fail(Errc::truncated, "DER");
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8 | in_[2 + i];
    if (length < 0x80 || length >> (8 * (octets - 1)) == 0) return fail(Errc::malformed, "DER length");
    header += octets;
  }
  if (in_.size() - header < length) return fail(Errc::truncated, "DER");
  const Element out{tag, in_.subspan(header, length), in_.first(header + length)};
  in_ = in_.subspan(header + length);
  return out;
}

Result<DerReader::Element> DerReader::element(Byte tag) {
  KW_TRY(const auto out, any());
  if (out.tag != tag) return fail(Errc::malformed, "DER element of another type");
  return out;
}

Result<ByteView> DerReader::content(Byte tag) {
  KW_TRY(const auto out, element(tag));
  return out.content;
}

Result<DerReader> DerReader::enter(Byte tag) {
  KW_TRY(const auto inside, content(tag));
  return DerReader(inside);
}

Result<ByteView> DerReader::unsigned_integer() {
  KW_TRY(auto value, content(tag::kInteger));
  if (value.empty() || (value[0] & 0x80) != 0) return fail(Errc::malformed, "integer");
  if (value.size() > 1 && value[0] == 0) {
    if ((value[1] & 0x80) == 0) return fail(Errc::malformed, "integer");
    value = value.subspan(1);
  }
  return value;
}

Result<std::uint64_t> DerReader::small_integer() {
  KW_TRY(const auto value, unsigned_integer());
  if (value.size() > 8) return fail(Errc::too_large, "integer");
  std::uint64_t out = 0;
  for (const Byte b : value) out = out << 8 | b;
  return out;
}

Result<bool> DerReader::boolean() {
  KW_TRY(const auto value, content(tag::kBoolean));
  if (value.size() != 1 || (value[0] != 0 && value[0] != 0xff)) return fail(Errc::malformed, "boolean");
  return value[0] != 0;
}

Result<ByteView> DerReader::bit_string() {
  KW_TRY(const auto value, content(tag::kBitString));
  if (value.empty() || value[0] != 0) return fail(Errc::malformed, "bit string");
  return value.subspan(1);
}

Result<Timestamp> DerReader::time() {
  const bool utc = next_is(tag::kUtcTime);
  KW_TRY(const auto text, content(utc ? tag::kUtcTime : tag::kGeneralizedTime));
  return parse_time(text_of(text), utc ? 2 : 4);
}

Result<> DerReader::finish() const {
  if (!empty()) return fail(Errc::trailing_data, "DER");
  return {};
}

Bytes der(Byte tag, std::initializer_list<ByteView> parts) {
  std::size_t length = 0;
  for (const ByteView part : parts) length += part.size();
  Bytes out;
  out.reserve(length + 2 + kMostLengthOctets);
  out.push_back(tag);
  if (length < 0x80) {
    out.push_back(static_cast<Byte>(length));
  } else {
    unsigned octets = 1;
    while (length >> (8 * octets) != 0) ++octets;
    out.push_back(static_cast<Byte>(0x80 | octets));
    while (octets-- > 0) out.push_back(static_cast<Byte>(length >> (8 * octets)));
  }
  for (const ByteView part : parts) append(out, part);
  return out;
}

Bytes der_unsigned(ByteView magnitude) {
  static constexpr std::array<Byte, 1> kZero{};
  while (magnitude.size() > 1 && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  const bool pad = magnitude.empty() || (magnitude[0] & 0x80) != 0;
  return der(tag::kInteger, {pad ? ByteView(kZero) : ByteView(), magnitude});
}

Bytes der_unsigned(std::uint64_t value) {
  std::array<Byte, 8> octets{};
  for (std::size_t i = 8; i-- > 0; value >>= 8) octets[i] = static_cast<Byte>(value);
  return der_unsigned(octets);
}

Bytes der_bit_string(ByteView octets) {
  static constexpr std::array<Byte, 1> kNoUnused{};
  return der(tag::kBitString, {kNoUnused, octets});
}

Bytes der_time(Timestamp when) {
  const std::chrono::sys_seconds seconds(std::chrono::seconds(when.unix_seconds()));
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  const int year = static_cast<int>(date.year());
  std::array<char, 40> text{};
  const int n = std::snprintf(text.data(), text.size(), "%04d%02u%02u%02d%02d%02dZ", year,
                              static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                              static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                              static_cast<int>(clock.seconds().count()));
  const std::string_view full(text.data(), static_cast<std::size_t>(n));
  if (year >= 1950 && year < 2050) return der(tag::kUtcTime, {bytes_of(full.substr(2))});
  return der(tag::kGeneralizedTime, {bytes_of(full)});
}

}  // namespace kw::crypto
