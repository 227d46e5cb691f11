#pragma once
// Id<Tag> is a 128-bit, time-ordered identity made by the creator of an object (UUID version 7, RFC 9562).
//
// Ids of different tags do not mix. Text form: 32 lower-case hex digits.
#include <array>
#include <compare>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"

namespace kw {

using RawId = std::array<Byte, 16>;

/// make_raw_id builds a UUIDv7: 48 bits of milliseconds, then version, variant and 74 random bits.
[[nodiscard]] RawId make_raw_id(Timestamp now, Random& random);
[[nodiscard]] Result<RawId> parse_raw_id(std::string_view hex);

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(const RawId& raw) : raw_(raw) {}
  static Id make(Timestamp now, Random& random) { return Id(make_raw_id(now, random)); }
  static Result<Id> parse(std::string_view hex) {
    KW_TRY(auto raw, parse_raw_id(hex));
    return Id(raw);
  }
  static Result<Id> from_bytes(ByteView bytes) {
    KW_TRY(auto raw, to_array<16>(bytes));
    return Id(raw);
  }
  [[nodiscard]] std::string text() const { return to_hex(raw_); }
  [[nodiscard]] ByteView bytes() const noexcept { return raw_; }
  [[nodiscard]] bool is_nil() const noexcept { return raw_ == RawId{}; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  RawId raw_{};
};

using DeviceId = Id<struct DeviceTag>;
using EventId = Id<struct EventTag>;
using UserId = Id<struct UserTag>;
using SiteId = Id<struct SiteTag>;
using AlarmId = Id<struct AlarmTag>;
using BundleId = Id<struct BundleTag>;
using OrderId = Id<struct OrderTag>;
using BaselineId = Id<struct BaselineTag>;
using RequestId = Id<struct RequestTag>;
using EnrolmentId = Id<struct EnrolmentTag>;
using TraceId = Id<struct TraceTag>;

}  // namespace kw
