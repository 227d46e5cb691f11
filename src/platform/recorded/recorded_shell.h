#pragma once
// RecordedShell is a kioskward-shell that a test plays: it says what the test says, or answers as the real one.
// RecordedShellMachine is the machine's side in memory. Neither is thread-safe.
#include <sys/socket.h>

#include <optional>

#include "device/shell/boundary.h"
#include "device/shell/ports.h"
#include "platform/recorded/recorded_helper.h"

namespace kw::platform {

/// What the test has in its hand of the process that was started last.
struct RecordedShell {
  using News = ::kioskward::v1::ShellNews;
  UniqueFd theirs;
  int starts = 0, renewals = 0;
  bool display = true;
  std::string user;
  std::optional<::kioskward::v1::ShellTask> task;

  void say(News news) {
    const auto octets = device::encode_shell(std::move(news));
    static_cast<void>(::send(theirs.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  void say_started(int pid = 4711) {
    News news;
    news.mutable_started()->set_pid(pid);
    say(std::move(news));
  }
  void say_ended(::kioskward::v1::ShellEnded ended) {
    News news;
    *news.mutable_ended() = std::move(ended);
    say(std::move(news));
  }
  void say_trouble(const std::string& detail) {
    News news;
    news.mutable_trouble()->set_detail(detail);
    say(std::move(news));
  }
  /// answer does what the real process does with what waits: task, questions; anything else ends it.
  void answer() {
    Bytes packet(device::kMostShellPacket + 1);
    for (;;) {
      const auto n = ::recv(theirs.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n <= 0) return;
      auto asked = device::parse_shell_command(ByteView(packet).first(static_cast<std::size_t>(n)));
      News news;
      if (asked && asked->has_task() && !task) {
        task = asked->task();
        news.mutable_ready();
        say(std::move(news));
        say_started();
      } else if (asked && asked->has_renew() && task) {
        ++renewals;
        ::kioskward::v1::ShellEnded ended;
        ended.set_how(::kioskward::v1::ShellEnded::RENEWED);
        ended.set_files(3);
        ended.set_octets(4096);
        say_ended(std::move(ended));
        say_started();
      } else if (asked && asked->has_ask() && task) {
        news.mutable_alive();
        say(std::move(news));
      } else {
        say_trouble(task ? "the guard's question" : "the guard's first word");
        return theirs.reset();
      }
    }
  }
};

class RecordedShellStarter final : public device::ShellStarter {
 public:
  explicit RecordedShellStarter(RecordedShell& shell) : shell_(shell) {}
  Result<std::unique_ptr<device::HelperProcess>> start(const std::string& user, const std::string& display) override {
    if (!shell_.display && display.empty()) return fail(Errc::unavailable, "no display");
    ++shell_.starts;
    shell_.user = user;
    shell_.task.reset();
    return record_helper(shell_.theirs);
  }

 private:
  RecordedShell& shell_;
};

struct RecordedShellState {
  std::optional<device::ShownProgram> program;
  std::optional<std::string> policies;
  Result<> writes;  // what writing says
};

class RecordedShellMachine final : public device::ShellMachine {
 public:
  explicit RecordedShellMachine(RecordedShellState& state) : state_(state) {}
  Result<std::optional<device::ShownProgram>> find(const std::string&, const std::string&) override {
    return state_.program;
  }
  bool runs(const device::ShownProgram& program) override {
    return state_.program && state_.program->pid == program.pid;
  }
  [[nodiscard]] std::string profiles() const override { return "/run/kioskward-shell"; }
  [[nodiscard]] std::string policies_path() const override { return "/etc/chromium/policies/managed/kioskward.json"; }
  Result<std::optional<std::string>> read_policies() override { return state_.policies; }
  Result<> write_policies(const std::string& text) override {
    KW_CHECK(state_.writes);
    state_.policies = text;
    return {};
  }
  Result<> remove_policies() override {
    state_.policies.reset();
    return {};
  }

 private:
  RecordedShellState& state_;
};

}  // namespace kw::platform
