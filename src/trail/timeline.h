#pragma once
// build_timeline makes one picture of a business session out of its entries of the ledger: steps of the screen,
// requests as the kiosk saw them, what the platform's broker did, what was done in the database.
//
//   session ─ step ─ request (kiosk) ─ broker (platform) ─ database
//
// An entry is recorded when its span ends and says how long it took. Kiosk and platform have clocks of their own: a
// span of the platform that does not lie within the kiosk's request is moved to its middle, and says so. A database's
// statement has no length: it stands where its request ends. Entries of the trace that are none of these are marks of
// the session. Order: depth first, by time, then by the ledger. PURE; any thread.
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::trail {

/// One entry of the ledger, as far as a timeline needs it.
struct TrailEntry {
  std::uint64_t index = 0;
  std::string type, result;
  std::int64_t time_ns = 0;
  std::map<std::string, std::string> params;
};

enum class SpanKind : std::uint8_t { session, step, request, broker, database, mark };
[[nodiscard]] std::string_view name(SpanKind kind) noexcept;

struct TimelineItem {
  SpanKind kind = SpanKind::mark;
  std::size_t entry = 0;  // place in the entries given
  std::size_t depth = 0;
  std::int64_t start_us = 0;  // since the session's start
  std::int64_t duration_us = 0;
  std::int64_t critical_us =
      0;  // how long the session waited for this and nothing below it; 0: not on the critical path
  bool error = false, moved = false;
};

struct Timeline {
  std::string session, matter;  // of business.session.started; empty where that entry is not among those given
  std::int64_t start_ns = 0;    // UTC, by the kiosk's clock where it has told an end
  std::int64_t duration_us = 0;
  bool ended = false;
  std::string reason;  // why it ended, or was refused
  std::uint64_t errors = 0;
  std::vector<TimelineItem> items;
};

inline constexpr std::size_t kMostTrailEntries = 2000;
/// build_timeline takes entries in the ledger's order; Errc::too_large above kMostTrailEntries, Errc::not_found for
/// none.
Result<Timeline> build_timeline(const std::vector<TrailEntry>& entries);

}  // namespace kw::trail
