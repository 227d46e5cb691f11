#pragma once
// ScanPlace, News and Clamd are what tests of the scanning gate stand on: a file system of their own (MountTest), what
// the gate tells, and a real clamd with one signature of the test's own, in a folder of its own.
#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "device/malware/ports.h"
#include "platform/linux/clamd_scanner.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/process.h"
#include "platform/linux/spawn.h"

namespace kw::platform {

/// The EICAR test file, in two parts so that this source is none.
inline std::string eicar() {
  return std::string(R"(X5O!P%@AP[4\PZX54(P^)7CC)7}$)") + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
}

template <class Predicate>
bool soon(Predicate predicate) {
  return eventually(predicate, std::chrono::seconds(20));
}

/// News collects what a gate tells.
class News : public Heard<device::ScanNews> {
 public:
  template <class T>
  std::optional<T> wait(const std::function<bool(const T&)>& good = [](const T&) { return true; }) {
    return wait_for<T>(good, std::chrono::seconds(20));
  }
};

/// ScanPlace is MountTest with the two ways to touch a file: as this process, and as another one.
class ScanPlace : public MountTest {
 protected:
  ScanPlace() : MountTest(180) {}
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
