#pragma once
// ScanPlace gives each test a mount namespace and a tmpfs of its own, and puts the thread back after it: permission
// marks set there concern that file system alone. A test that hangs is ended by SIGALRM with its process, which lets
// everything go. Clamd is a real clamd with one signature of the test's own, in a folder of its own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "device/malware/ports.h"
#include "platform/linux/clamd_scanner.h"
#include "platform/linux/process.h"
#include "platform/linux/spawn.h"

namespace kw::platform {

/// The EICAR test file, in two parts so that this source is none.
inline std::string eicar() {
  return std::string(R"(X5O!P%@AP[4\PZX54(P^)7CC)7}$)") + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
}

template <class Predicate>
bool soon(Predicate predicate, std::chrono::seconds most = std::chrono::seconds(20)) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

/// News collects what a gate tells.
class News {
 public:
  void add(device::ScanNews one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(one));
  }
  [[nodiscard]] std::vector<device::ScanNews> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  template <class T>
  std::optional<T> wait(const std::function<bool(const T&)>& good = [](const T&) { return true; }) {
    std::optional<T> out;
    soon([&] {
      for (const auto& one : all())
        if (const auto* told = std::get_if<T>(&one); told != nullptr && good(*told)) out = *told;
      return out.has_value();
    });
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<device::ScanNews> all_;
};

class ScanPlace : public testing::Test {
 protected:
  void SetUp() override {
    home_.reset(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(home_));
    if (::unshare(CLONE_NEWNS) != 0) {
      home_.reset();
      GTEST_SKIP() << "mount namespaces are not permitted here: " << std::strerror(errno);
    }
    ::alarm(180);
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    std::string name = testing::TempDir() + "kw-scan-XXXXXX";
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
  /// put writes as this process, whose openings are never asked about; shell does things as another one.
  void put(const std::string& name, std::string_view content) const {
    std::ofstream(at(name), std::ios::binary) << content;
  }
  static int shell(const std::string& script, const std::string& input = {}) {
    const auto done = run_process({{"/bin/sh", "-c", script}, input, std::chrono::seconds(60)});
    EXPECT_TRUE(done) << done.error().text();
    return done ? done->exit_code : -1;
  }
  [[nodiscard]] bool reads(const std::string& name) const {
    return shell("exec cat '" + at(name) + "' >/dev/null 2>&1") == 0;
  }

  std::string place;

 private:
  UniqueFd home_;
};

class Clamd {
 public:
  Clamd() {
    std::string name = testing::TempDir() + "kw-clamd-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return;
    folder_ = name;
    ::chmod(folder_.c_str(), 0755);
    std::filesystem::create_directory(folder_ + "/signatures");
    std::ofstream(folder_ + "/signatures/test.ndb") << "Eicar-Test-Signature:0:*:" << to_hex(bytes_of(eicar())) << "\n";
    std::ofstream(folder_ + "/clamd.conf")
        << "LocalSocket " << socket() << "\nDatabaseDirectory " << folder_ << "/signatures\nTemporaryDirectory "
        << folder_ << "\nForeground yes\nUser root\nAlertExceedsMax yes\nMaxRecursion 4\nSelfCheck 0\n";
  }
  ~Clamd() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  Clamd(const Clamd&) = delete;
  Clamd& operator=(const Clamd&) = delete;

  /// start waits until it answers; false where the program is not there.
  bool start() {
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto child = spawn({"clamd", "-c", folder_ + "/clamd.conf"}, {null.get(), null.get(), null.get()});
    if (!child) return false;
    pid_ = *child;
    ClamdScanner scanner(socket());
    return soon([&] { return scanner.hello(std::chrono::seconds(1)).has_value(); });
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void freeze() const { ::kill(pid_, SIGSTOP); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string socket() const { return folder_ + "/clamd.sock"; }

 private:
  std::string folder_;
  pid_t pid_ = 0;
};

}  // namespace kw::platform
