#include "device/shell/shell_engine.h"

#include <algorithm>
#include <utility>

namespace kw::device {

void ShellEngine::started(Duration now) {
  running_ = true;
  since_ = now;
}

ShellEngine::Ended ShellEngine::ended(Duration now) {
  const Duration window = std::chrono::seconds(rules_.crash_seconds);
  Ended out;
  out.asked = std::exchange(asked_, false);
  out.ran = running_ ? now - since_ : Duration{0};
  running_ = false;
  if (out.ran >= window) {
    loop_ = false;
    ends_.clear();
  }
  if (!out.asked) ends_.push_back(now);
  while (!ends_.empty() && (now - ends_.front() > window || ends_.size() > rules_.crash_runs)) ends_.pop_front();
  if (!loop_ && ends_.size() >= rules_.crash_runs) {
    loop_ = true;
    pause_ = kFirstPause;
    out.loop_runs = static_cast<std::uint32_t>(ends_.size());
    out.pause = pause_;
  } else if (loop_ && !out.asked) {
    pause_ = std::min(2 * pause_, kLongestPause);
    out.pause = pause_;
  }
  start_at_ = now + out.pause;
  return out;
}

bool ShellEngine::renew(Duration now) {
  if (!running_) start_at_ = now;
  asked_ = running_;
  return running_;
}

}  // namespace kw::device
