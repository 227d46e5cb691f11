#pragma once
// RecordedSensor plays observations from a list, for tests of whatever listens to a Sensor. Never shipped.
//
// start() delivers the state as Change::present, then the script in order, on a thread of its own. play() adds more
// at any time. wait_until_played() is for tests: it returns when everything handed in so far has been delivered.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "device/ports.h"

namespace kw::platform {

class RecordedSensor final : public device::Sensor {
 public:
  RecordedSensor(std::string name, std::vector<device::Observation> state,
                 std::vector<device::Observation> script = {});
  ~RecordedSensor() override;

  [[nodiscard]] std::string name() const override { return name_; }
  Result<> start(Sink sink) override;
  void stop() override;
  Result<std::vector<device::Observation>> snapshot() override;

  void play(device::Observation observation);
  /// set_state replaces what snapshot() and the next start() deliver.
  void set_state(std::vector<device::Observation> state);
  /// fail_next_start makes the next start() return this error.
  void fail_next_start(Error error);
  [[nodiscard]] bool wait_until_played(Duration most);

 private:
  void run(const Sink& sink);
  std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<device::Observation> state_;
  std::deque<device::Observation> waiting_;
  std::optional<Error> start_error_;
  bool stopping_ = false;
  bool delivering_ = false;
  std::thread thread_;
};

}  // namespace kw::platform
