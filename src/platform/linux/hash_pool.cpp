#include "platform/linux/hash_pool.h"

namespace kw::platform {

HashPool::HashPool(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void HashPool::hash(int fd, Done done) {
  const std::lock_guard lock(mutex_);
  urgent_.push_back([fd, done = std::move(done)](const BeforeRead& before) { done(digest_of(fd, before)); });
  changed_.notify_one();
}

void HashPool::later(std::function<void(const BeforeRead&)> work) {
  const std::lock_guard lock(mutex_);
  ahead_.push_back(std::move(work));
  changed_.notify_one();
}

void HashPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_.exchange(true)) return;
    urgent_.clear();
    ahead_.clear();
    changed_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
}

void HashPool::run() {
  const BeforeRead before = [this](std::size_t) { return !stopping_; };
  for (;;) {
    std::function<void(const BeforeRead&)> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !urgent_.empty() || !ahead_.empty(); });
      if (stopping_) return;
      auto& queue = urgent_.empty() ? ahead_ : urgent_;
      work = std::move(queue.front());
      queue.pop_front();
    }
    work(before);
  }
}

}  // namespace kw::platform
