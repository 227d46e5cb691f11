#pragma once
// Swtpm is a software TPM of a test's own: swtpm on a socket in a directory of its own, ended by its PID.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "platform/linux/spawn.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class Swtpm {
 public:
  static bool installed() { return std::filesystem::exists("/usr/bin/swtpm") && std::filesystem::exists("/usr/bin/tpm2_pcrextend"); }
  explicit Swtpm(const std::string& name) : dir_(std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))) {
    std::filesystem::create_directories(dir_);
    start();
  }
  ~Swtpm() {
    stop();
    std::filesystem::remove_all(dir_);
  }
  Swtpm(const Swtpm&) = delete;
  Swtpm& operator=(const Swtpm&) = delete;

  [[nodiscard]] std::string transport() const { return "swtpm:path=" + socket(); }
  void start() {
    run_ = spawn({"swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + dir_.string(), "--server",
                  "type=unixio,path=" + socket(), "--ctrl", "type=unixio,path=" + socket() + ".ctrl", "--flags",
                  "startup-clear,not-need-init"},
                 {0, 1, 2})
               .value();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto up = [this] { return takes_calls(socket() + ".ctrl") && takes_calls(socket()); };
    while (!up() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }
  void stop() {
    if (run_ <= 0) return;
    ::kill(run_, SIGKILL);
    ::waitpid(run_, nullptr, 0);
    run_ = -1;
    for (const auto* end : {"", ".ctrl"}) std::filesystem::remove(socket() + end);
  }
  /// extend measures something into a PCR, with tpm2-tools.
  bool extend(int pcr) {
    SpawnOptions options;
    options.environment.push_back("TPM2TOOLS_TCTI=" + transport());
    const auto run = spawn({"tpm2_pcrextend", std::to_string(pcr) + ":sha256=" + std::string(64, 'a')}, {0, 1, 2}, options);
    int status = -1;
    return run && ::waitpid(*run, &status, 0) == *run && status == 0;
  }

 private:
  /// A socket has its name before it listens.
  static bool takes_calls(const std::string& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;  // as the system's interface asks
  }
  [[nodiscard]] std::string socket() const { return (dir_ / "s").string(); }
  std::filesystem::path dir_;
  pid_t run_ = -1;
};

}  // namespace kw::platform
