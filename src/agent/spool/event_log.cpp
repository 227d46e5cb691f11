#include "agent/spool/event_log.h"

#include <algorithm>

#include "base/id.h"
#include "base/text.h"
#include "device/defence.h"
#include "schema/event_catalogue.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostValue = 512;
constexpr std::size_t kBatch = 256;
constexpr auto kRetry = std::chrono::seconds(1);

bool serious(const v1::Event& event) {
  const auto* type = schema::find_event_type(event.type());
  return type == nullptr || type->severity >= v1::SERIOUS;
}

}  // namespace

v1::Event make_event(std::string type, std::string result,
                     std::initializer_list<std::pair<std::string, std::string>> params) {
  return device::defence_event(std::move(type), std::move(result), params);
}

EventLog::EventLog(Spool& spool, const Clock& clock, Random& random, Log& log)
    : spool_(spool), clock_(clock), random_(random), log_(log) {
  if (const auto& damage = spool.damage())
    record(make_event("agent.spool.damaged", "observed",
                      {{"kept", std::to_string(damage->kept)}, {"dropped", std::to_string(damage->dropped)}}));
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

void EventLog::on_stored(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  on_stored_ = std::move(call);
}

void EventLog::set_clock_state(v1::ClockState state) {
  const std::lock_guard lock(mutex_);
  clock_state_ = state;
}

void EventLog::complete(v1::Event& event) {
  const auto now = clock_.now();
  event.set_version(1);
  if (event.id().size() != 16) event.set_id(copy_text(make_raw_id(now, random_)));
  if (event.time_ns() == 0) event.set_time_ns(now.unix_ns);
  event.set_clock(clock_state_);
  // A process names itself as it likes; an event that is no UTF-8 could be neither stored nor sent.
  for (auto& [key, value] : *event.mutable_params()) value = clean_text(value, kMostValue);
}

void EventLog::record(v1::Event event) {
  {
    const std::lock_guard lock(mutex_);
    complete(event);
    if (const auto good = schema::check_event(event); !good) {
      log_.error("event.refused", {{"type", event.type()}, {"error", good.error().text()}});
      return;
    }
    if (waiting_.size() >= kMostWaiting && (!serious(event) || waiting_.size() >= 2 * kMostWaiting)) {
      ++overflow_;
      return;
    }
    waiting_.push_back(std::move(event));
  }
  changed_.notify_all();
}

bool EventLog::wait_stored(Duration most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [&] { return waiting_.empty() && !busy_; });
}

void EventLog::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto n = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kBatch));
    std::vector<v1::Event> batch(std::make_move_iterator(waiting_.begin()),
                                 std::make_move_iterator(waiting_.begin() + n));
    waiting_.erase(waiting_.begin(), waiting_.begin() + n);
    const auto overflow = std::exchange(overflow_, 0);
    busy_ = true;
    lock.unlock();
    const auto dropped = overflow + spool_.take_dropped();
    if (dropped > 0) {
      log_.warning("spool.dropped", {{"events", std::to_string(dropped)}});
      auto marker = make_event("agent.spool.damaged", "failed",
                               {{"kept", std::to_string(spool_.waiting())}, {"dropped", std::to_string(dropped)}});
      lock.lock();
      complete(marker);
      lock.unlock();
      if (batch.size() == kBatch) {
        lock.lock();
        waiting_.insert(waiting_.begin(), std::move(batch.back()));
        lock.unlock();
        batch.pop_back();
      }
      batch.push_back(std::move(marker));
    }
    const auto stored = spool_.append(batch);
    lock.lock();
    busy_ = false;
    if (!stored) {
      log_.error("spool.append_failed", {{"error", stored.error().text()}, {"waiting", std::to_string(batch.size())}});
      const bool final_try = stopping_;
      if (stored.code() != Errc::too_large)  // kept in memory, in order, until the disk takes them
        waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
      if (final_try) return;
      changed_.wait_for(lock, kRetry, [&] { return stopping_; });
      continue;
    }
    if (on_stored_) {
      const auto call = on_stored_;
      lock.unlock();
      call();
      lock.lock();
    }
    changed_.notify_all();
  }
}

}  // namespace kw::agent
