#include "base/time.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace kw {

std::string to_rfc3339(Timestamp t) {
  std::int64_t seconds = t.unix_ns / 1'000'000'000;
  std::int64_t nanos = t.unix_ns % 1'000'000'000;
  if (nanos < 0) {
    nanos += 1'000'000'000;
    --seconds;
  }
  const std::time_t when = seconds;
  std::tm utc{};
  gmtime_r(&when, &utc);
  std::array<char, 64> out{};
  const int n = std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%09lldZ", utc.tm_year + 1900,
                              utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                              static_cast<long long>(nanos));
  return {out.data(), static_cast<std::size_t>(n)};
}

Result<Timestamp> from_rfc3339(std::string_view text) {
  const auto bad = [] { return fail(Errc::malformed, "not an RFC 3339 time in UTC"); };
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z') return bad();
  std::array<int, 6> field{};
  constexpr std::array<std::size_t, 6> at{0, 5, 8, 11, 14, 17};
  constexpr std::array<std::size_t, 6> width{4, 2, 2, 2, 2, 2};
  constexpr std::string_view separators = "--T::";
  for (std::size_t f = 0; f < field.size(); ++f) {
    for (std::size_t i = 0; i < width[f]; ++i) {
      const char c = text[at[f] + i];
      if (c < '0' || c > '9') return bad();
      field[f] = field[f] * 10 + (c - '0');
    }
    if (f < separators.size() && text[at[f] + width[f]] != separators[f]) return bad();
  }
  std::int64_t nanos = 0;
  if (text.size() > 20) {
    if (text[19] != '.' || text.size() < 22) return bad();
    std::int64_t unit = 100'000'000;
    for (std::size_t i = 20; i + 1 < text.size(); ++i, unit /= 10) {
      if (text[i] < '0' || text[i] > '9') return bad();
      nanos += (text[i] - '0') * unit;
    }
  }
  const std::chrono::year_month_day day{std::chrono::year(field[0]), std::chrono::month(static_cast<unsigned>(field[1])),
                                        std::chrono::day(static_cast<unsigned>(field[2]))};
  if (!day.ok() || field[3] > 23 || field[4] > 59 || field[5] > 59 || field[0] < 1970 || field[0] > 2200) return bad();
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return Timestamp{(((days * 24 + field[3]) * 60 + field[4]) * 60 + field[5]) * 1'000'000'000 + nanos};
}

}  // namespace kw
