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
#include <cstring>
#include <sstream>

#include "device/ports.h"
#include "platform/linux/heard_test.h"
#include "platform/linux/process.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// Observed collects observations from a sensor's thread, and waits for one that a predicate accepts.
class Observed {
 public:
  device::Sensor::Sink sink() {
    return [this](device::Observation o) { heard_.add(std::move(o)); };
  }
  template <class T, class Predicate>
  std::optional<T> wait(Predicate predicate, std::chrono::milliseconds most = std::chrono::seconds(3)) {
    return heard_.wait_for<T>(predicate, most);
  }
  template <class T>
  std::size_t count() {
    return of_kind<T>(heard_.all());
  }
  template <class T>
  bool wait_for_count(std::size_t n, std::chrono::milliseconds most = std::chrono::seconds(5)) {
    return heard_.wait_until([n](const auto& all) { return of_kind<T>(all) >= n; }, most);
  }
  std::vector<device::Observation> all() { return heard_.all(); }
  void clear() { heard_.clear(); }

 private:
  template <class T>
  static std::size_t of_kind(const std::vector<device::Observation>& all) {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& o) { return std::holds_alternative<T>(o); }));
  }
  Heard<device::Observation> heard_;
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
