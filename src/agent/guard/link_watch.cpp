#include "agent/guard/link_watch.h"

#include <algorithm>

namespace kw::agent {

Result<> LinkWatch::spawned(Duration now) {
  if (state_ != State::waiting) return fail(Errc::wrong_state, "the link process is there");
  state_ = State::starting;
  since_ = now;
  pulse_.heard(now);
  return {};
}

void LinkWatch::wait_longer(Duration now) {
  due_ = now + wait_;
  wait_ = std::min(wait_ * 2, limits_.longest_wait);
}

void LinkWatch::spawn_failed(Duration now) {
  if (state_ == State::waiting) wait_longer(now);
}

void LinkWatch::heard(Duration now) {
  if (state_ == State::waiting) return;  // of one that was given up
  pulse_.heard(now);
  if (state_ == State::starting) since_ = now;
  state_ = State::together;
}

Result<> LinkWatch::lost(Duration now) {
  if (state_ == State::waiting) return fail(Errc::wrong_state, "no link process");
  const bool healthy = state_ == State::together && now - since_ >= limits_.healthy;
  state_ = State::waiting;
  if (healthy) {
    wait_ = limits_.first_wait;
    due_ = now;
  } else {
    wait_longer(now);
  }
  return {};
}

LinkWatch::Tick LinkWatch::tick(Duration now) {
  Tick out;
  if (std::exchange(ticked_, true))
    out.away = pulse_.tick(now);
  else
    pulse_.begin(now);
  if (state_ == State::waiting && now >= due_) out.step = Step::spawn;
  const auto most = state_ == State::starting ? limits_.start : limits_.silence;
  if (state_ != State::waiting && pulse_.silence(now) >= most) out.step = Step::look;
  return out;
}

}  // namespace kw::agent
