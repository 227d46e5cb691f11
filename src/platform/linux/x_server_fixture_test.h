#pragma once
// XServer is an X server without a monitor (Xvfb) of a test's own; display() is empty where there is none. Its number
// comes from itself.
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "platform/linux/spawn.h"

namespace kw::platform {

class XServer {
 public:
  XServer() {
    auto told = pipe_pair();
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!told || !nothing) return;
    const auto started = spawn({"Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24"},
                               {nothing.get(), told->theirs.get(), STDERR_FILENO});
    if (!started) return;
    pid_ = *started;
    told->theirs.reset();
    // To the line's end: a server whose reader goes before has nobody to tell its number, and ends.
    std::string said;
    while (!said.ends_with('\n')) {
      pollfd ready{told->ours.get(), POLLIN, 0};
      std::array<char, 16> part{};
      if (::poll(&ready, 1, 20'000) != 1) return;
      const auto n = ::read(told->ours.get(), part.data(), part.size());
      if (n <= 0) return;
      said.append(part.data(), static_cast<std::size_t>(n));
    }
    number_ = said.substr(0, said.size() - 1);
  }
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;
  ~XServer() { stop(); }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] std::string display() const { return number_.empty() ? std::string() : ":" + number_; }

 private:
  pid_t pid_ = -1;
  std::string number_;
};

}  // namespace kw::platform
