#pragma once
// Timestamp is a point in UTC, in nanoseconds since 1970; Clock is the port through which pure code learns it.
//
// Order never comes from timestamps: sequence numbers and the ledger give it.
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace kw {

using Duration = std::chrono::nanoseconds;

struct Timestamp {
  std::int64_t unix_ns = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
  friend Timestamp operator+(Timestamp t, Duration d) { return {t.unix_ns + d.count()}; }
  friend Timestamp operator-(Timestamp t, Duration d) { return {t.unix_ns - d.count()}; }
  friend Duration operator-(Timestamp a, Timestamp b) { return Duration(a.unix_ns - b.unix_ns); }
  [[nodiscard]] std::int64_t unix_seconds() const noexcept { return unix_ns / 1'000'000'000; }
  static Timestamp from_seconds(std::int64_t s) noexcept { return {s * 1'000'000'000}; }
};

/// to_rfc3339 gives "2026-11-23T08:15:30.123456789Z".
[[nodiscard]] std::string to_rfc3339(Timestamp t);
/// from_rfc3339 takes the same form with 0 to 9 fractional digits, in UTC ("Z") only.
[[nodiscard]] Result<Timestamp> from_rfc3339(std::string_view text);

/// Clock tells UTC and a steady time that never jumps. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
  [[nodiscard]] virtual Duration steady() const = 0;
};

}  // namespace kw
