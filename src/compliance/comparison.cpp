#include "compliance/comparison.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kw::compliance {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr hours kMostSpan{24 * 3660};

std::optional<double> number_of(std::string_view text) {
  double out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out, std::chars_format::fixed);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size() || !std::isfinite(out))
    return std::nullopt;
  return out;
}

Compared compare_time(Duration most, std::string_view value, Timestamp now) {
  const auto time = from_rfc3339(value);
  if (!time) return {};
  if (*time > now) return {.holds = true, .until = later(*time, most + Duration(1))};
  const bool holds = now - *time <= most;
  return {.holds = holds, .until = holds ? later(*time, most + Duration(1)) : kForever};
}

void add_words(std::string& to, std::string_view what, const std::vector<std::string>& words) {
  if (words.empty()) return;
  to += (to.empty() ? "" : ", ") + std::string(what);
  for (std::size_t i = 0; i < words.size(); ++i) to += (i == 0 ? " " : ", ") + words[i];
}

}  // namespace

Timestamp later(Timestamp from, Duration by) noexcept {
  if (by.count() > 0 && from.unix_ns > kForever.unix_ns - by.count()) return kForever;
  return from + by;
}

Compared compare(const Comparison& asked, std::string_view value, Timestamp now) {
  if (!asked.is.empty() && std::ranges::find(asked.is, value) == asked.is.end()) return {};
  if (!asked.is_not.empty() && std::ranges::find(asked.is_not, value) != asked.is_not.end()) return {};
  if (asked.empty && *asked.empty != value.empty()) return {};
  if (asked.at_least || asked.at_most) {
    const auto number = number_of(value);
    if (!number || (asked.at_least && *number < static_cast<double>(*asked.at_least)) ||
        (asked.at_most && *number > static_cast<double>(*asked.at_most)))
      return {};
  }
  if (asked.newer_than) return compare_time(*asked.newer_than, value, now);
  return {.holds = true};
}

std::string text_of(const Comparison& asked) {
  std::string out;
  add_words(out, "one of:", asked.is);
  add_words(out, "none of:", asked.is_not);
  const auto add = [&](const std::string& words) { out += (out.empty() ? "" : ", ") + words; };
  if (asked.empty) add(*asked.empty ? "empty" : "not empty");
  if (asked.at_least) add("at least " + std::to_string(*asked.at_least));
  if (asked.at_most) add("at most " + std::to_string(*asked.at_most));
  if (asked.newer_than) add("a time at most " + text_of_span(*asked.newer_than) + " ago");
  return out.empty() ? "there" : out;
}

Result<Duration> parse_span(std::string_view text) {
  unsigned number = 0;
  const auto digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || digits.size() > 5 || problem != std::errc() || end != digits.data() + digits.size())
    return fail(Errc::invalid, "a length of time: 10m, 24h, 7d");
  Duration out{};
  switch (text.back()) {
    case 'm':
      out = minutes(number);
      break;
    case 'h':
      out = hours(number);
      break;
    case 'd':
      out = hours(24) * number;
      break;
    default:
      return fail(Errc::invalid, "a length of time: 10m, 24h, 7d");
  }
  if (out > kMostSpan) return fail(Errc::invalid, "a length of time: at most ten years");
  return out;
}

std::string text_of_span(Duration span) {
  const auto whole = std::chrono::duration_cast<minutes>(span).count();
  if (whole != 0 && whole % (24 * 60) == 0) return std::to_string(whole / (24 * 60)) + "d";
  if (whole != 0 && whole % 60 == 0) return std::to_string(whole / 60) + "h";
  return std::to_string(whole) + "m";
}

}  // namespace kw::compliance
