#pragma once
// Worker runs jobs one after the other on a thread of its own, for a defence whose work may take long. The thread begins
// with the first job: a section that is off has none.
//
// run() is thread-safe and may be called until stop(). stop() drops what has not begun and waits for what has; a job
// that sits in the kernel (a driver's probe) is waited for. Jobs must not throw.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace kw::agent {

class Worker {
 public:
  Worker() = default;
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void run(std::function<void()> job);
  void stop();

 private:
  void loop();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kw::agent
