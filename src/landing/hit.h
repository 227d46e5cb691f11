#pragma once
// Hit says what was found in octets that are about to be kept, and where; never what stands there.
//
// PURE.
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kw::landing {

enum class HitKind : std::uint8_t { id_number, phone, bank_card, marking, rule };
inline constexpr std::size_t kHitKinds = 5;

struct Hit {
  HitKind kind = HitKind::rule;
  std::uint64_t offset = 0, length = 0;  // in octets of the whole stream
  std::uint32_t rule = 0;                // which one of the operator's, of a rule
  friend auto operator<=>(const Hit& a, const Hit& b) = default;
};

struct LandingReport {
  std::vector<Hit> hits;     // by offset, then by kind
  std::uint64_t more = 0;    // hits beyond those that are kept
  std::uint64_t octets = 0;  // that were looked at
  [[nodiscard]] bool clean() const noexcept { return hits.empty() && more == 0; }
};

/// name is the word between the brackets where a hit is masked: "id-number".
[[nodiscard]] std::string_view name(HitKind kind) noexcept;
/// text of a hit for logs: "id-number at 1024, 18 octets".
[[nodiscard]] std::string text(const Hit& hit);

}  // namespace kw::landing
