#pragma once
// LedgerSettings is section [ledger] of the server's configuration (ADR 70, ADR 71).
#include <cstdint>

#include "store/ledger/ledger_writer.h"

namespace kw::server {

/// Six months on line (DB4403/T 503.7-2024 clause 9.2, GB/T 22239): no six consecutive months have more days.
inline constexpr std::uint64_t kLeastOnlineDays = 184;

struct LedgerSettings {
  std::uint64_t reserve_octets = 64ULL << 20;
  std::uint64_t segment_octets = 64ULL << 20;
  store::OnFull on_full = store::OnFull::critical_only;
  std::uint64_t online_days = kLeastOnlineDays;
};
[[nodiscard]] constexpr const char* name(store::OnFull rule) noexcept {
  return rule == store::OnFull::stop ? "stop" : "critical_only";
}

}  // namespace kw::server
