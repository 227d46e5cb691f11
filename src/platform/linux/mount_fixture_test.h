#pragma once
// MountTest gives each test a mount namespace and a tmpfs of its own, and puts the thread back after it. Permission
// marks set there concern that file system alone: nothing else of the machine can be kept waiting by a test.
// A test that hangs is ended by SIGALRM with its process, which lets everything go. Where mounts are not permitted the
// test is skipped with the reason.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "crypto/sm3.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/process.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// Heard collects what a sink gets, and waits for something that a predicate accepts.
template <class T>
class Heard {
 public:
  void add(T one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(one));
    changed_.notify_all();
  }
  template <class Predicate>
  std::optional<T> wait(Predicate predicate, std::chrono::milliseconds most = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    changed_.wait_for(lock, most, [&] {
      for (const auto& one : all_)
        if (predicate(one)) {
          found = one;
          return true;
        }
      return false;
    });
    return found;
  }
  std::vector<T> all() {
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
  std::vector<T> all_;
};

/// eventually asks again and again until it is true, for at most ten seconds.
template <class Predicate>
bool eventually(Predicate predicate) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

class MountTest : public testing::Test {
 protected:
  void SetUp() override {
    home_.reset(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(home_));
    if (::unshare(CLONE_NEWNS) != 0) {
      home_.reset();
      GTEST_SKIP() << "mount namespaces are not permitted here: " << std::strerror(errno);
    }
    ::alarm(120);
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    std::string name = testing::TempDir() + "kw-mount-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    place = name;
    if (::mount("kw-test", place.c_str(), "tmpfs", 0, "size=256m,mode=755") != 0)
      GTEST_SKIP() << "tmpfs cannot be mounted here: " << std::strerror(errno);
  }
  void TearDown() override {
    if (!home_) return;
    ::umount2(place.c_str(), MNT_DETACH);
    ASSERT_EQ(::setns(home_.get(), CLONE_NEWNS), 0) << std::strerror(errno);
    std::filesystem::remove(place);
    ::alarm(0);
  }

  [[nodiscard]] std::string at(const std::string& name) const { return place + "/" + name; }
  void write(const std::string& name, std::string_view text, mode_t mode = 0644) const {
    std::ofstream(at(name), std::ios::binary) << text;
    ::chmod(at(name).c_str(), mode);
  }
  /// copy_program copies a program of the machine, with something behind its end that makes it another one.
  void copy_program(const std::string& from, const std::string& name, std::string_view more = {}) const {
    std::filesystem::copy_file(from, at(name), std::filesystem::copy_options::overwrite_existing);
    std::ofstream(at(name), std::ios::binary | std::ios::app) << more;
    ::chmod(at(name).c_str(), 0755);
  }
  [[nodiscard]] static crypto::Digest digest(const std::string& path) {
    return crypto::sm3(read_file(path, std::size_t{64} << 20).value());
  }

  std::string place;

 private:
  UniqueFd home_;
};

}  // namespace kw::platform
