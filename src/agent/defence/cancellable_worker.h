#pragma once
// CancellableWorker is a Worker whose work can be told to end early: learning, passes over all files.
//
// cancel() drops what waits, and lets what runs know by `Stop`; it goes on with what is added after. Thread-safe.
#include <malloc.h>

#include <atomic>

#include "agent/defence/worker.h"

namespace kw::agent {

class CancellableWorker {
 public:
  using Stop = std::function<bool()>;  // true: end early
  CancellableWorker() = default;
  ~CancellableWorker() { stop(); }
  void add(std::function<void(const Stop&)> work) {
    worker_.run([this, of = round_.load(), work = std::move(work)] {
      const Stop stop = [this, of] { return round_ != of; };
      if (!stop()) work(stop);
      ::malloc_trim(0);  // what long work took for a moment is not kept until the next, hours later
    });
  }
  void cancel() { ++round_; }
  void stop() {
    cancel();
    worker_.stop();
  }

 private:
  std::atomic<std::uint64_t> round_ = 0;
  Worker worker_;  // last: its end waits for work that looks at the round
};

}  // namespace kw::agent
