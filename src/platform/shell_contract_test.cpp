// What the guard relies on of a shell process, the real one (on an X server without a monitor) and the recorded one;
// and of the machine's side.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "platform/linux/linux_shell_machine.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/shell_child.h"
#include "platform/linux/x_server_fixture_test.h"
#include "platform/recorded/recorded_shell.h"

namespace kw::platform {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace v1 = ::kioskward::v1;

class ShellContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "kw-shell-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base = pattern;
    ASSERT_EQ(::chmod(base.c_str(), 0711), 0);
    starter = std::make_unique<RecordedShellStarter>(recorded);
    if (!GetParam()) return;
    program = fs::read_symlink("/proc/self/exe").parent_path() / "../../bin/kioskward-shell";
    if (!fs::exists(program)) GTEST_SKIP() << "kioskward-shell is not built";
    server.emplace();
    if (server->display().empty()) GTEST_SKIP() << "no Xvfb here";
    use(server->display());
  }
  void TearDown() override {
    process.reset();
    std::error_code ec;
    fs::remove_all(base, ec);
  }
  void use(const std::string& display) {
    starter = std::make_unique<ShellChildStarter>(ScreenAccess{display, {}, "nobody"}, program.string());
  }
  void begin() {
    auto started = starter->start("", "");
    ASSERT_TRUE(started) << started.error().text();
    process = std::move(*started);
    v1::ShellCommand command;
    auto* task = command.mutable_task();
    task->set_program("/usr/bin/sleep");
    task->add_arguments("1000");
    task->set_profiles(base / "profiles");
    task->set_wipe(true);
    task->set_crash_runs(5);
    task->set_crash_seconds(60);
    task->add_keys("Alt+F4");
    sent = *task;
    send(command);
  }
  void send(const v1::ShellCommand& command) {
    const auto octets = device::encode_shell(command);
    ASSERT_EQ(::send(process->socket(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  /// The next message; nothing once the process has ended.
  std::optional<v1::ShellNews> next() {
    const auto end = std::chrono::steady_clock::now() + 20s;
    Bytes packet(device::kMostShellPacket);
    while (std::chrono::steady_clock::now() < end) {
      if (!GetParam()) recorded.answer();
      pollfd ready{process->socket(), POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const auto n = ::recv(process->socket(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (n <= 0) return std::nullopt;
      auto news = device::parse_shell_news(ByteView(packet).first(static_cast<std::size_t>(n)));
      EXPECT_TRUE(news) << news.error().text();
      if (news) return std::move(*news);
    }
    ADD_FAILURE() << "nothing was said";
    return std::nullopt;
  }
  /// ready and started; gives the program's pid.
  int begun() {
    const auto ready = next();
    EXPECT_TRUE(ready && ready->has_ready()) << (ready ? ready->ShortDebugString() : "ended");
    if (ready) {
      EXPECT_EQ(ready->ready().free_keys_size(), 0) << ready->ShortDebugString();
    }
    const auto started = next();
    EXPECT_TRUE(started && started->has_started()) << (started ? started->ShortDebugString() : "ended");
    return started ? started->started().pid() : 0;
  }

  RecordedShell recorded;
  v1::ShellTask sent;
  fs::path base, program;
  std::optional<XServer> server;
  std::unique_ptr<device::ShellStarter> starter;
  std::unique_ptr<device::HelperProcess> process;
};

TEST_P(ShellContract, a_task_is_answered_by_a_held_screen_and_a_program_and_questions_by_a_sign_of_life) {
  begin();
  const int pid = begun();
  if (GetParam()) {
    EXPECT_EQ(program_path(pid), fs::canonical("/usr/bin/sleep").string());
  }
  v1::ShellCommand ask;
  ask.mutable_ask();
  for (int i = 0; i < 2; ++i) {
    send(ask);
    const auto alive = next();
    ASSERT_TRUE(alive);
    EXPECT_TRUE(alive->has_alive());
  }
}

TEST_P(ShellContract, renewing_ends_the_run_and_begins_another) {
  begin();
  begun();
  v1::ShellCommand renew;
  renew.mutable_renew();
  send(renew);
  const auto ended = next();
  ASSERT_TRUE(ended && ended->has_ended());
  EXPECT_EQ(ended->ended().how(), v1::ShellEnded::RENEWED);
  EXPECT_EQ(ended->ended().pause_ms(), 0U);
  EXPECT_FALSE(ended->ended().not_wiped());
  const auto started = next();
  EXPECT_TRUE(started && started->has_started());
}

TEST_P(ShellContract, what_is_no_question_ends_it_and_it_says_why) {
  begin();
  begun();
  v1::ShellCommand task;  // a second one
  *task.mutable_task() = sent;
  send(task);
  const auto trouble = next();
  ASSERT_TRUE(trouble && trouble->has_trouble());
  EXPECT_EQ(trouble->trouble().detail(), "the guard's question");
  EXPECT_FALSE(next());
}

TEST_P(ShellContract, without_a_display_none_is_started) {
  recorded.display = false;
  if (GetParam()) use("");
  EXPECT_EQ(starter->start("", "").code(), Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Both, ShellContract, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "real" : "recorded"; });

class ShellMachineContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "kw-machine-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base = pattern;
    const auto before = ::umask(0077);  // as the agent's unit has it
    if (GetParam())
      machine =
          std::make_unique<LinuxShellMachine>(ShellPlaces{"/run/x", base / "chromium/managed/kioskward.json"}, "root");
    else
      machine = std::make_unique<RecordedShellMachine>(state);
    mask = before;
  }
  void TearDown() override {
    ::umask(mask);
    std::error_code ec;
    fs::remove_all(base, ec);
  }
  fs::path base;
  mode_t mask = 0;
  RecordedShellState state;
  std::unique_ptr<device::ShellMachine> machine;
};

TEST_P(ShellMachineContract, policies_are_written_read_and_taken_away) {
  EXPECT_EQ(machine->read_policies().value(), std::nullopt);
  ASSERT_TRUE(machine->write_policies("{}\n"));
  EXPECT_EQ(machine->read_policies().value(), "{}\n");
  ASSERT_TRUE(machine->write_policies("{\"A\": 1}\n"));
  EXPECT_EQ(machine->read_policies().value(), "{\"A\": 1}\n");
  if (GetParam()) {
    EXPECT_EQ(fs::status(base / "chromium/managed").permissions(), fs::perms{0755})
        << "browsers read it as somebody else";
    EXPECT_EQ(fs::status(base / "chromium/managed/kioskward.json").permissions(), fs::perms{0644});
    fs::remove(base / "chromium/managed/kioskward.json");
    fs::create_symlink("/etc/passwd", base / "chromium/managed/kioskward.json");
    EXPECT_EQ(machine->read_policies().value(), "?") << "a link is not followed";
    ASSERT_TRUE(machine->write_policies("{}\n"));
    EXPECT_FALSE(fs::is_symlink(base / "chromium/managed/kioskward.json"));
  }
  ASSERT_TRUE(machine->remove_policies());
  EXPECT_EQ(machine->read_policies().value(), std::nullopt);
}

TEST_P(ShellMachineContract, a_program_is_found_by_its_file_and_user_and_seen_to_end) {
  state.program = device::ShownProgram{::getpid(), started_at(::getpid())};
  const auto found = machine->find(program_path(::getpid()), ::geteuid() == 0 ? "root" : "");
  if (GetParam() && ::geteuid() != 0) GTEST_SKIP() << "this test's own program is looked for as root's";
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->pid, ::getpid());
  EXPECT_TRUE(machine->runs(**found));
  state.program.reset();
  auto other = **found;
  if (GetParam()) other.started += 1;
  EXPECT_FALSE(machine->runs(other));
  EXPECT_FALSE(machine->find("/nonexistent", "root").value());
}

INSTANTIATE_TEST_SUITE_P(Both, ShellMachineContract, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "real" : "recorded"; });

}  // namespace
}  // namespace kw::platform
