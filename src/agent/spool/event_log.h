#pragma once
// EventLog completes events and brings them into the spool on a thread of its own: one sync for all that wait.
//
//   log.record(std::move(event));            // this process's own; quick; any thread
//   log.record(std::move(event), number);    // one of the guard's, by its number in the guard's queue
//   log.on_stored([&](std::uint64_t through) { ... });   // on the log's thread after each commit; the guard's, so far
//
// It completes events, refuses what the catalogue does not know with a log line, and reports damage and drops of the
// spool as events. At most kMostWaiting events wait in memory while the disk is slow or full; above that the harmless
// are counted as dropped. The guard has fewer under way than that.
#include <condition_variable>
#include <functional>
#include <thread>

#include "agent/events.h"
#include "agent/spool/spool.h"

namespace kw::agent {

class EventLog final : public EventSink {
 public:
  static constexpr std::size_t kMostWaiting = 4096;
  /// The ports must outlive the log. Reports damage that the spool found at its start.
  EventLog(Spool& spool, const Clock& clock, Random& random, Log& log);
  ~EventLog() override;  // stores what waits
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void on_stored(std::function<void(std::uint64_t guard_through)> call);
  void record(v1::Event event) override { record(std::move(event), 0); }
  void record(v1::Event event, std::uint64_t number);
  void set_clock_state(v1::ClockState state) override;
  /// wait_stored returns when everything recorded so far is durable or was refused, or false after `most`.
  [[nodiscard]] bool wait_stored(Duration most);
  [[nodiscard]] bool idle();  // nothing waits

 private:
  struct Waiting {
    v1::Event event;
    std::uint64_t number = 0;  // in the guard's queue; 0: this process's own
    bool refused = false;      // kept for its number's sake
  };
  void run();
  Result<> store(std::vector<Waiting>& batch);

  Spool& spool_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  std::function<void(std::uint64_t)> on_stored_;
  v1::ClockState clock_state_ = v1::CLOCK_UNKNOWN;
  std::uint64_t overflow_ = 0, stored_ = 0;  // stored_: of the guard's numbers
  bool busy_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace kw::agent
