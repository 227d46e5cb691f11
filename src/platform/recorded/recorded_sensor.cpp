#include "platform/recorded/recorded_sensor.h"

namespace kw::platform {

RecordedSensor::RecordedSensor(std::string name, std::vector<device::Observation> state,
                               std::vector<device::Observation> script)
    : name_(std::move(name)), state_(std::move(state)), waiting_(script.begin(), script.end()) {}

RecordedSensor::~RecordedSensor() { stop(); }

Result<> RecordedSensor::start(Sink sink) {
  if (thread_.joinable()) return fail(Errc::wrong_state, "sensor runs already");
  const std::lock_guard lock(mutex_);
  if (start_error_) return tl::unexpected<Error>(*std::exchange(start_error_, std::nullopt));
  stopping_ = false;
  waiting_.insert(waiting_.begin(), state_.begin(), state_.end());
  thread_ = std::thread([this, sink = std::move(sink)] { run(sink); });
  return {};
}

void RecordedSensor::run(const Sink& sink) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    delivering_ = true;
    lock.unlock();
    sink(std::move(next));
    lock.lock();
    delivering_ = false;
    changed_.notify_all();
  }
}

void RecordedSensor::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::vector<device::Observation>> RecordedSensor::snapshot() {
  const std::lock_guard lock(mutex_);
  return state_;
}

void RecordedSensor::play(device::Observation observation) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(observation));
  }
  changed_.notify_all();
}

void RecordedSensor::set_state(std::vector<device::Observation> state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

void RecordedSensor::fail_next_start(Error error) {
  const std::lock_guard lock(mutex_);
  start_error_ = std::move(error);
}

bool RecordedSensor::wait_until_played(Duration most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return waiting_.empty() && !delivering_; });
}

}  // namespace kw::platform
