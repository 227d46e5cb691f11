#pragma once
// Background runs long jobs of a defence in order, on one thread of its own that begins with the first job.
//
// cancel() drops what waits and lets what runs know by `Stop`; stop() does so and joins. Thread-safe but for stop().
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace kw::agent {

class Background {
 public:
  using Stop = std::function<bool()>;  // true: end early
  Background() = default;
  ~Background() { stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void add(std::function<void(const Stop&)> job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_one();
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    jobs_.clear();
    ++era_;
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      jobs_.clear();
      ++era_;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    stopping_ = false;
  }

 private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      const auto ours = era_.load();
      lock.unlock();
      job([this, ours] { return era_ != ours; });
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void(const Stop&)>> jobs_;
  std::atomic<std::uint64_t> era_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kw::agent
