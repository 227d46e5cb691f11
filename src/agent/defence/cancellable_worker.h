#pragma once
// CancellableWorker is a Worker whose work can be told to end early: learning, passes over all files.
//
// cancel() drops what waits, and lets what runs know by `Stop`; it goes on with what is added after. Thread-safe.
//
//   work_later(worker, *host_, alive_, [this](const Stop& stop) -> std::function<void()> {
//     auto found = look(stop);                                      // on the worker's thread
//     return [this, found = std::move(found)] { heard(found); };    // on the host's, unless *alive is false by then
//   });
#include <atomic>
#include <memory>

#include "agent/defence/worker.h"
#include "device/defence.h"

namespace kw::agent {

class CancellableWorker {
 public:
  using Stop = std::function<bool()>;  // true: end early
  CancellableWorker() = default;
  ~CancellableWorker() { stop(); }
  void add(std::function<void(const Stop&)> work) {
    worker_.run([this, of = round_.load(), work = std::move(work)] {
      const Stop stop = [this, of] { return round_ != of; };
      if (stop()) return;
      work(stop);
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

/// work_later runs `work(stop)` on the worker; what it returns, where it is not empty, is called on the host's thread
/// while `alive` says that its owner is there.
template <class Work>
void work_later(CancellableWorker& worker, device::DefenceHost& host, std::shared_ptr<bool> alive, Work work) {
  worker.add([alive = std::move(alive), host = &host, work = std::move(work)](const CancellableWorker::Stop& stop) {
    host->post([alive, done = std::function<void()>(work(stop))] {
      if (*alive && done) done();
    });
  });
}

}  // namespace kw::agent
