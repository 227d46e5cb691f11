#pragma once
// Comparison says what a value has to be: one of several texts, none of several, empty or not, within bounds, or a time
// that is not long past. parse_span and text_of_span read and write the lengths of time of rule files ("10m", "24h").
//
// Values are texts, as facts carry them; bounds take decimal numbers. A value of another form does not hold.
// PURE; any thread.
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace kw::compliance {

/// The last moment that a Timestamp can hold: what does not change by itself holds until then.
inline constexpr Timestamp kForever{std::numeric_limits<std::int64_t>::max()};
/// later adds without passing kForever.
[[nodiscard]] Timestamp later(Timestamp from, Duration by) noexcept;

struct Comparison {
  std::vector<std::string> is{}, is_not{};
  std::optional<bool> empty{};
  std::optional<std::int64_t> at_least{}, at_most{};
  std::optional<Duration> newer_than{};  // the value is a time (RFC 3339), at most so long ago
  [[nodiscard]] bool asks() const noexcept {
    return !is.empty() || !is_not.empty() || empty || at_least || at_most || newer_than;
  }
};

struct Compared {
  bool holds = false;
  Timestamp until = kForever;  // from then on the same value may compare otherwise
};
[[nodiscard]] Compared compare(const Comparison& asked, std::string_view value, Timestamp now);
/// text_of: "one of: up, ready", "at most 7", for people.
[[nodiscard]] std::string text_of(const Comparison& asked);

/// parse_span takes 1 to 5 digits and m, h or d; at most ten years.
[[nodiscard]] Result<Duration> parse_span(std::string_view text);
/// text_of_span gives the largest whole unit: "3d", "26h", "0m".
[[nodiscard]] std::string text_of_span(Duration span);

}  // namespace kw::compliance
