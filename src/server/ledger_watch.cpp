#include "server/ledger_watch.h"

namespace kw::server {
namespace {

using store::RoomLevel;

/// A level is left only when this many percent more are free: a file that comes and goes rings once.
constexpr unsigned kSlack = 2;

std::string_view event_of(RoomLevel level) {
  switch (level) {
    case RoomLevel::low:
      return "ledger.room.low";
    case RoomLevel::scarce:
      return "ledger.room.scarce";
    case RoomLevel::full:
      return "ledger.full";
    case RoomLevel::ample:
      break;
  }
  return "ledger.room.restored";
}

bool still_near(RoomLevel told, unsigned used_percent) {
  return (told == RoomLevel::low && used_percent + kSlack >= store::kLowPercent) ||
         (told == RoomLevel::scarce && used_percent + kSlack >= store::kScarcePercent);
}

}  // namespace

Result<> LedgerWatch::tick() {
  const std::lock_guard lock(mutex_);
  KW_TRY(const auto now, room_.look());
  KW_CHECK(tell_room(now));
  return tell_trouble();
}

Result<> LedgerWatch::tell_room(const store::RoomState& now) {
  if (now.level == told_ || (now.level < told_ && still_near(told_, now.used_percent))) return {};
  Happening happening;
  // What gets better is told once, as what is left of it.
  happening.type = now.level > told_ ? event_of(now.level) : event_of(RoomLevel::ample);
  happening.result = "observed";
  happening.params = {{"used_percent", std::to_string(now.used_percent)}, {"free_mib", std::to_string(now.free >> 20)}};
  if (happening.type == "ledger.full") happening.params["on_full"] = name(on_full_);
  KW_CHECK(changes_.run([&](Change& change) { return change.record(happening); }));
  told_ = now.level;
  return {};
}

Result<> LedgerWatch::tell_trouble() {
  const auto trouble = feeder_.trouble();
  const bool bad = trouble && trouble->code() != Errc::no_space;
  if (bad == told_trouble_) return {};
  Happening happening;
  happening.type = bad ? "ledger.write.failed" : "ledger.write.resumed";
  happening.result = bad ? "failed" : "success";
  if (bad) happening.params["error"] = trouble->text();
  KW_CHECK(changes_.run([&](Change& change) { return change.record(happening); }));
  told_trouble_ = bad;
  return {};
}

Result<> LedgerWatch::admit_change() const {
  if (room_.full()) return fail(Errc::no_space, "the audit ledger is full: no change is made that it cannot record");
  if (const auto trouble = feeder_.trouble())
    return fail(trouble->code() == Errc::no_space ? Errc::no_space : Errc::unavailable,
                "the audit ledger takes no entries now: no change is made that it cannot record");
  return {};
}

}  // namespace kw::server
