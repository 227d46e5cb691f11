#include "device/system/purge.h"

#include <utility>

namespace kw::device {
namespace {

/// The kernel keeps whole seconds of System V objects: what the next session makes within the second of this one's end
/// goes too. Nothing of a person's stays for the sake of that.
bool made_before(Timestamp made, Timestamp ended) { return made < ended; }

}  // namespace

std::string_view name(PurgeKind kind) {
  switch (kind) {
    case PurgeKind::directory:
      return "session_directory";
    case PurgeKind::temporary_files:
      return "temporary_files";
    case PurgeKind::shared_memory:
      return "shared_memory";
    case PurgeKind::segments:
      return "segments";
    case PurgeKind::print_jobs:
      return "print_jobs";
  }
  return "?";
}

std::vector<PurgeChange> plan_purge(const PurgeWish& wish, const PurgeSeen& seen) {
  std::vector<PurgeChange> out;
  for (const auto& one : seen.directories)
    if (one != wish.open) out.push_back({PurgeKind::directory, EndDirectory{one}});
  for (const auto& one : seen.files) {
    const bool asked = one.shared_memory ? wish.shared_memory : wish.temporary_files;
    if (asked && one.count > 0 && seen.users.contains(one.owner))
      out.push_back({one.shared_memory ? PurgeKind::shared_memory : PurgeKind::temporary_files,
                     EndFiles{one.place, one.owner, wish.ended}});
  }
  for (const auto& one : seen.segments)
    if (wish.shared_memory && seen.users.contains(one.owner) && made_before(one.made, wish.ended))
      out.push_back({PurgeKind::segments, EndSegment{one.kind, one.id}});
  if (!wish.print_jobs) return out;
  bool cancelled = false;
  for (const auto& one : seen.spool) {
    if (one.changed > wish.ended) continue;
    if (!seen.scheduler)
      out.push_back({PurgeKind::print_jobs, EndSpoolFile{one.name}});
    else if (!std::exchange(cancelled, true))
      out.push_back({PurgeKind::print_jobs, CancelJobs{}});
  }
  return out;
}

}  // namespace kw::device
