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
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "crypto/sm3.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/heard_test.h"
#include "platform/linux/process.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// eventually asks again and again until it is true, for a while.
template <class Predicate>
bool eventually(Predicate predicate, std::chrono::seconds most = std::chrono::seconds(10)) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

class MountTest : public testing::Test {
 protected:
  explicit MountTest(unsigned most_seconds = 120) : most_seconds_(most_seconds) {}
  void SetUp() override {
    home_.reset(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(home_));
    if (::unshare(CLONE_NEWNS) != 0) {
      home_.reset();
      GTEST_SKIP() << "mount namespaces are not permitted here: " << std::strerror(errno);
    }
    ::alarm(most_seconds_);
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
  unsigned most_seconds_;
  UniqueFd home_;
};

}  // namespace kw::platform
