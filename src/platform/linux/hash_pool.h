#pragma once
// HashPool reads and hashes files on threads of its own in two queues: what
// somebody waits for goes before what is only looked at ahead.
//
// `done` runs on the pool's threads. stop() ends what is being read and drops the rest. Thread-safe.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/linux/file_digests.h"

namespace kw::platform {

class HashPool {
 public:
  using Done = std::function<void(Result<crypto::Digest>)>;
  explicit HashPool(unsigned threads);
  ~HashPool() { stop(); }
  HashPool(const HashPool&) = delete;
  HashPool& operator=(const HashPool&) = delete;

  /// hash takes a descriptor that stays the caller's and open until `done`.
  void hash(int fd, Done done);
  /// later runs `work` when nobody waits for anything; `work` may hash for itself.
  void later(std::function<void(const BeforeRead&)> work);
  void stop();

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void(const BeforeRead&)>> urgent_, ahead_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kw::platform
