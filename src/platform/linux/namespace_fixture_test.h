#pragma once
// NamespaceTest gives each test a network namespace of its own, with loopback up, and puts the thread back after it.
// Helper threads and processes that a test starts live in that namespace too; it vanishes with the last of them.
// Where namespaces are not permitted the test is skipped with the reason.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <sstream>

#include "device/ports.h"
#include "platform/linux/process.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// Observed collects observations from a sensor's thread, and waits for one that a predicate accepts.
class Observed {
 public:
  device::Sensor::Sink sink() {
    return [this](device::Observation o) {
      const std::lock_guard lock(mutex_);
      all_.push_back(std::move(o));
      changed_.notify_all();
    };
  }
  template <class T, class Predicate>
  std::optional<T> wait(Predicate predicate, std::chrono::milliseconds most = std::chrono::seconds(3)) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    changed_.wait_for(lock, most, [&] {
      for (const auto& o : all_)
        if (const auto* t = std::get_if<T>(&o); t != nullptr && predicate(*t)) {
          found = *t;
          return true;
        }
      return false;
    });
    return found;
  }
  template <class T>
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [](const auto& o) { return std::holds_alternative<T>(o); }));
  }
  template <class T>
  bool wait_for_count(std::size_t n, std::chrono::milliseconds most = std::chrono::seconds(5)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] {
      return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(),
                                                    [](const auto& o) { return std::holds_alternative<T>(o); })) >= n;
    });
  }
  std::vector<device::Observation> all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    all_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<device::Observation> all_;
};

/// run_ok runs one command line without quoting ("ip link set lo up") and fails the test where it does.
inline void run_ok(const std::string& line, const std::string& input = {}) {
  std::istringstream words(line);
  ProcessRequest request;
  for (std::string word; words >> word;) request.arguments.push_back(word);
  request.input = input;
  const auto outcome = run_process(request);
  ASSERT_TRUE(outcome) << line << ": " << outcome.error().text();
  ASSERT_EQ(outcome->exit_code, 0) << line << ": " << outcome->err;
}

class NamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    home_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(home_));
    if (::unshare(CLONE_NEWNET) != 0) {
      home_.reset();
      GTEST_SKIP() << "network namespaces are not permitted here: " << std::strerror(errno);
    }
    run_ok("ip link set lo up");
  }
  void TearDown() override {
    if (home_) {
      ASSERT_EQ(::setns(home_.get(), CLONE_NEWNET), 0) << std::strerror(errno);
    }
  }

 private:
  UniqueFd home_;
};

}  // namespace kw::platform
