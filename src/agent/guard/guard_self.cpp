// What the guard notices about itself and the machine's clock: beats that came late, a stop, a clock that was set.
#include <sys/timex.h>

#include <ctime>

#include "agent/guard/guard.h"

namespace kw::agent {
namespace {

constexpr auto kMoved = std::chrono::milliseconds(50);  // of the clock between two beats: more than slewing does
constexpr auto kTold = std::chrono::milliseconds(500);  // of moves together, worth an event
constexpr auto kAbsence = std::chrono::seconds(3);      // of the guard, worth an event
constexpr int kAbsenceBeats = 3;

v1::ClockState clock_state() {
  timex query{};
  const int state = ::adjtimex(&query);
  if (state < 0) return v1::CLOCK_UNKNOWN;
  return state == TIME_ERROR || (static_cast<unsigned>(query.status) & STA_UNSYNC) != 0 ? v1::CLOCK_FREE_RUNNING
                                                                                        : v1::CLOCK_SYNCHRONISED;
}

std::string_view word(v1::ClockState state) {
  switch (state) {
    case v1::CLOCK_SYNCHRONISED:
      return "synchronised";
    case v1::CLOCK_FREE_RUNNING:
      return "free_running";
    case v1::CLOCK_STEPPED:
      return "stepped";
    default:
      return "unknown";
  }
}

/// How long the machine has slept since boot: UTC goes on then and steady time does not.
Duration slept() {
  timespec boot{}, steady{};
  ::clock_gettime(CLOCK_MONOTONIC, &steady);
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  return std::chrono::seconds(boot.tv_sec - steady.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec - steady.tv_nsec);
}

}  // namespace

void Guard::look_at_clock(bool set) {
  // Compared beat by beat, so that what a clock drifts in a day is no step; what is too small to be told is summed up,
  // so that many small steps are told after all.
  const auto offset = Duration(ports_.clock.now().unix_ns) - ports_.clock.steady() - slept();
  const auto state = clock_state();
  const auto before = std::exchange(clock_offset_, offset);
  const auto moved = before ? offset - *before : Duration(0);
  if (set || moved >= kMoved || moved <= -kMoved) clock_moved_ += moved;
  if (clock_moved_ >= kTold || clock_moved_ <= -kTold) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::exchange(clock_moved_, Duration(0)));
    ports_.events.set_clock_state(v1::CLOCK_STEPPED);
    ports_.events.record(make_event("agent.clock.stepped", "observed", {{"step_ms", std::to_string(ms.count())}}));
  }
  ports_.events.set_clock_state(state);
  note_fact("clock.state", std::string(word(state)), "adjtimex");
}

void Guard::clock_set() { look_at_clock(true); }

void Guard::judge_absence() {
  // A suspended machine, or one that is merely slow, is no incident; SIGCONT proves that somebody stopped this process.
  if (!resumed_ || away_ < kAbsence) return;
  away_ = Duration(0);
  resumed_ = false;
  ports_.events.record(make_event("agent.guard.lost", "observed", {{"how", "stopped"}}));
}

void Guard::resumed() {
  resumed_ = true;
  absence_beats_ = kAbsenceBeats;
  judge_absence();
}

void Guard::beat(Duration away) {
  if (away > Duration(0)) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(away).count();
    ports_.log.warning("guard.away", {{"ms", std::to_string(ms)}});
    away_ = away;
    absence_beats_ = kAbsenceBeats;
    judge_absence();
  } else if (absence_beats_ > 0 && --absence_beats_ == 0) {
    away_ = Duration(0);
    resumed_ = false;
  }
  look_at_clock(false);
  if (++beats_ % 2 == 0) {
    ports_.shield.check();
    if (ports_.tpm != nullptr) ports_.tpm->tick();
    note_fact("self_protection.holds", ports_.shield.holds() ? "true" : "false", "guard");
    if (state() != shown_) show();
  }
}

void Guard::ending(bool uninstalled) {
  ports_.events.record(make_event("agent.stopped", "success", {{"uninstalled", uninstalled ? "true" : "false"}}));
}

void Guard::on_link_ready(bool told) {
  if (session_open_) on_session_ended(false);  // it went with the link process before this one
  if (std::exchange(facts_.killed, false) && !told)
    ports_.events.record(make_event("agent.guard.lost", "observed", {{"how", "killed"}}));
  if (link_ != nullptr) link_->beat_now();
}

}  // namespace kw::agent
