#include "device/egress/nmea.h"

#include <array>
#include <charconv>

namespace kw::device {
namespace {

constexpr std::size_t kMostNmeaFields = 32;

std::vector<std::string_view> fields_of(std::string_view body) {
  std::vector<std::string_view> out;
  while (out.size() < kMostNmeaFields) {
    const auto comma = body.find(',');
    out.push_back(body.substr(0, comma));
    if (comma == std::string_view::npos) break;
    body.remove_prefix(comma + 1);
  }
  return out;
}

/// "2232.5860" with "N": degrees, then minutes with two digits before the point. Integers all the way: no rounding by
/// the machine's locale.
std::optional<std::int32_t> angle(std::string_view text, std::string_view side, char minus, std::size_t digits,
                                  std::int64_t most) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (side.size() != 1 || whole.size() != digits + 2) return std::nullopt;
  std::int64_t degrees = 0, minutes = 0;
  const auto number = [](std::string_view from, std::int64_t& to) {
    const auto [at, wrong] = std::from_chars(from.data(), from.data() + from.size(), to);
    return wrong == std::errc{} && at == from.data() + from.size() && to >= 0;
  };
  std::string fraction(point == std::string_view::npos ? std::string_view() : text.substr(point + 1, 7));
  fraction.resize(7, '0');
  std::int64_t part = 0;
  if (!number(whole.substr(0, digits), degrees) || !number(whole.substr(digits), minutes) || !number(fraction, part) ||
      minutes > 59)
    return std::nullopt;
  const auto e7 = degrees * 10'000'000 + (minutes * 10'000'000 + part) / 60;
  if (e7 > most * 10'000'000) return std::nullopt;
  return static_cast<std::int32_t>(side[0] == minus ? -e7 : e7);
}

}  // namespace

Result<std::optional<PlacePoint>> parse_nmea(std::string_view line) {
  const auto star = line.rfind('*');
  if (line.size() < 10 || line[0] != '$' || star == std::string_view::npos || star + 3 != line.size())
    return fail(Errc::malformed, "no NMEA sentence");
  unsigned given = 0, sum = 0;
  const auto [at, wrong] = std::from_chars(line.data() + star + 1, line.data() + line.size(), given, 16);
  const auto body = line.substr(1, star - 1);
  for (const char c : body) sum ^= static_cast<unsigned char>(c);
  if (wrong != std::errc{} || at != line.data() + line.size() || given != sum)
    return fail(Errc::malformed, "NMEA checksum");
  const auto field = fields_of(body);
  const bool rmc = field[0].size() == 5 && field[0].ends_with("RMC"),
             gga = field[0].size() == 5 && field[0].ends_with("GGA");
  if (!rmc && !gga) return std::optional<PlacePoint>();
  if (field.size() < 7) return fail(Errc::malformed, "NMEA fields");
  const std::size_t first = rmc ? 3 : 2;
  const bool fix = rmc ? field[2] == "A" : !field[6].empty() && field[6] != "0";
  if (!fix) return std::optional<PlacePoint>();
  if (field[first + 1] != "N" && field[first + 1] != "S") return fail(Errc::malformed, "NMEA hemisphere");
  if (field[first + 3] != "E" && field[first + 3] != "W") return fail(Errc::malformed, "NMEA hemisphere");
  const auto latitude = angle(field[first], field[first + 1], 'S', 2, 90);
  const auto longitude = angle(field[first + 2], field[first + 3], 'W', 3, 180);
  if (!latitude || !longitude) return fail(Errc::malformed, "NMEA coordinate");
  return std::optional(PlacePoint{*latitude, *longitude});
}

std::vector<PlacePoint> NmeaReader::take(ByteView octets) {
  std::vector<PlacePoint> out;
  for (const auto octet : octets) {
    const char c = static_cast<char>(octet);
    if (c != '\n' && c != '\r') {
      if (line_.size() >= kMostLine) skipping_ = true;
      if (!skipping_) line_ += c;
      continue;
    }
    if (!skipping_ && !line_.empty())
      if (const auto point = parse_nmea(line_); point && *point) out.push_back(**point);
    clear();
  }
  return out;
}

}  // namespace kw::device
