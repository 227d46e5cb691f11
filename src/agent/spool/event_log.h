#pragma once
// EventLog completes events and brings them into the spool on a thread of its own: one sync for all that wait.
//
//   log.record(std::move(event));            // quick; any thread
//   log.on_stored([&] { link.nudge(); });    // called on the log's thread after each commit
//
// It fills in version, id, time (where it is 0) and clock state, cuts parameters to their bounds, refuses what the
// catalogue does not know with a log line, and reports damage and drops of the spool as events. At most kMostWaiting
// events wait in memory while the disk is slow or full; above that the harmless are counted as dropped.
#include <condition_variable>
#include <functional>
#include <thread>

#include "agent/spool/spool.h"
#include "base/log.h"
#include "base/time.h"

namespace kw::agent {

class EventLog {
 public:
  static constexpr std::size_t kMostWaiting = 4096;
  /// The ports must outlive the log. Reports damage that the spool found at its start.
  EventLog(Spool& spool, const Clock& clock, Random& random, Log& log);
  ~EventLog();  // stores what waits
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void on_stored(std::function<void()> call);
  void record(v1::Event event);
  void set_clock_state(v1::ClockState state);
  /// wait_stored returns when everything recorded so far is durable or was refused, or false after `most`.
  [[nodiscard]] bool wait_stored(Duration most);

 private:
  void run();
  void complete(v1::Event& event);

  Spool& spool_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::Event> waiting_;
  std::function<void()> on_stored_;
  v1::ClockState clock_state_ = v1::CLOCK_UNKNOWN;
  std::uint64_t overflow_ = 0;
  bool busy_ = false, stopping_ = false;
  std::thread thread_;
};

/// make_event is the short form for events without a case.
[[nodiscard]] v1::Event make_event(std::string type, std::string result,
                                   std::initializer_list<std::pair<std::string, std::string>> params = {});

}  // namespace kw::agent
