#include "agent/spool/event_log.h"

#include <algorithm>

namespace kw::agent {
namespace {

constexpr std::size_t kBatch = 256;
constexpr auto kRetry = std::chrono::seconds(1);

}  // namespace

EventLog::EventLog(Spool& spool, const Clock& clock, Random& random, Log& log)
    : spool_(spool), clock_(clock), random_(random), log_(log) {
  if (const auto& damage = spool.damage())
    EventLog::record(make_event("agent.spool.damaged", "observed",
                                {{"kept", std::to_string(damage->kept)}, {"dropped", std::to_string(damage->dropped)}}),
                     0);
  thread_ = std::thread([this] { run(); });
}

EventLog::~EventLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void EventLog::on_stored(std::function<void(std::uint64_t)> call) {
  const std::lock_guard lock(mutex_);
  on_stored_ = std::move(call);
}

void EventLog::set_clock_state(v1::ClockState state) {
  const std::lock_guard lock(mutex_);
  clock_state_ = state;
}

void EventLog::record(v1::Event event, std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    bool refused = false;
    if (const auto good = complete_event(event, clock_state_, clock_, random_); !good) {
      log_.error("event.refused", {{"type", event.type()}, {"error", good.error().text()}});
      if (number == 0) return;
      refused = true;
    }
    if (number == 0 && waiting_.size() >= kMostWaiting && (!serious(event) || waiting_.size() >= 2 * kMostWaiting)) {
      ++overflow_;
      return;
    }
    waiting_.push_back({std::move(event), number, refused});
  }
  changed_.notify_all();
}

bool EventLog::wait_stored(Duration most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [&] { return waiting_.empty() && !busy_; });
}

bool EventLog::idle() {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() && !busy_;
}

Result<> EventLog::store(std::vector<Waiting>& batch) {
  std::vector<v1::Event> events;
  for (const auto& waiting : batch)
    if (!waiting.refused) events.push_back(waiting.event);
  if (events.empty()) return {};
  auto stored = spool_.append(events);
  if (stored) return {};
  return stored.error();
}

void EventLog::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // One place is kept for a marker of what was dropped.
    const auto n = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kBatch - 1));
    std::vector<Waiting> batch(std::make_move_iterator(waiting_.begin()),
                               std::make_move_iterator(waiting_.begin() + n));
    waiting_.erase(waiting_.begin(), waiting_.begin() + n);
    const auto overflow = std::exchange(overflow_, 0);
    const auto clock_state = clock_state_;
    busy_ = true;
    lock.unlock();
    const auto dropped = overflow + spool_.take_dropped();
    if (dropped > 0) {
      log_.warning("spool.dropped", {{"events", std::to_string(dropped)}});
      auto marker = make_event("agent.spool.damaged", "failed",
                               {{"kept", std::to_string(spool_.waiting())}, {"dropped", std::to_string(dropped)}});
      if (complete_event(marker, clock_state, clock_, random_)) batch.push_back({std::move(marker), 0, false});
    }
    const auto stored = store(batch);
    lock.lock();
    busy_ = false;
    if (!stored) {
      log_.error("spool.append_failed", {{"error", stored.error().text()}, {"waiting", std::to_string(batch.size())}});
      const bool final_try = stopping_;
      if (stored.code() == Errc::too_large) {
        overflow_ += batch.size();
        for (const auto& lost : batch) stored_ = std::max(stored_, lost.number);
      } else {  // kept in memory, in order, until the disk takes them
        waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
      }
      if (final_try) return;
      changed_.wait_for(lock, kRetry, [&] { return stopping_; });
      continue;
    }
    for (const auto& kept : batch) stored_ = std::max(stored_, kept.number);
    if (on_stored_) {
      const auto call = on_stored_;
      const auto through = stored_;
      lock.unlock();
      call(through);
      lock.lock();
    }
    changed_.notify_all();
  }
}

}  // namespace kw::agent
