#include "shell/program_run.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "shell/homes.h"

namespace kw::shell {
namespace {

namespace fs = std::filesystem;
using How = RunReport::How;

class ProgramRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "kw-run-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base = pattern;
    ASSERT_TRUE(become_reaper());
  }
  void TearDown() override {
    std::error_code ec;
    fs::remove_all(base, ec);
  }
  std::unique_ptr<ProgramRun> starts(const std::string& script, const std::string& program = "/bin/sh") {
    RunRequest request;
    request.program = program;
    request.arguments = {"-c", script};
    request.home = base / "home";
    request.environment = home_environment(request.home, leftover_mark(base));
    fs::create_directories(base / "home");
    auto run = ProgramRun::start(request);
    EXPECT_TRUE(run) << run.error().text();
    return std::move(*run);
  }
  static bool ready(const ProgramRun& run) {
    pollfd handle{run.handle(), POLLIN, 0};
    return ::poll(&handle, 1, 20'000) == 1;
  }
  /// The pid that a script wrote into a file of this name, once it has.
  pid_t pid_in(const std::string& name) {
    for (int i = 0; i < 10'000; ++i) {
      std::ifstream file(base / name);
      if (pid_t pid = 0; file >> pid && pid > 0) return pid;
      ::poll(nullptr, 0, 1);
    }
    ADD_FAILURE() << name << " was not written";
    return 0;
  }
  static bool gone(pid_t pid) {
    for (int i = 0; i < 10'000; ++i) {
      if (::kill(pid, 0) != 0) return true;
      ::poll(nullptr, 0, 1);
    }
    return false;
  }
  fs::path base;
};

TEST_F(ProgramRunTest, its_end_is_told_and_its_home_wiped) {
  auto run = starts("echo secret > \"$HOME/left\"; exit 7");
  ASSERT_GT(run->program(), 0);
  ASSERT_TRUE(ready(*run));
  const auto report = run->finish();
  EXPECT_EQ(report.how, How::exited);
  EXPECT_EQ(report.number, 7);
  EXPECT_EQ(report.wiped.files, 1U);
  EXPECT_EQ(report.wiped.octets, 7U);
  EXPECT_FALSE(report.wiped.left);
  EXPECT_FALSE(fs::exists(base / "home"));
}
TEST_F(ProgramRunTest, nothing_of_this_process_comes_along) {
  ::setenv("KW_SECRET_OF_THE_GUARD", "1", 1);
  auto run = starts("env > ../env; ls /proc/self/fd | wc -l > ../fds; ulimit -c > ../core");
  ASSERT_TRUE(ready(*run));
  EXPECT_EQ(run->finish().how, How::exited);
  const auto text = [&](const char* name) {
    std::ifstream file(base / name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(text("env").find("KW_SECRET"), std::string::npos);
  EXPECT_NE(text("env").find("HOME=" + (base / "home").string()), std::string::npos);
  EXPECT_LE(std::stoi(text("fds")), 5) << "three of its own, ls and the pipe";
}
TEST_F(ProgramRunTest, what_it_started_goes_with_it_whatever_it_did_to_stay) {
  auto run = starts("setsid sh -c 'setsid sleep 1000 & echo $! > ../far' & sleep 1000 & echo $! > ../near; wait");
  const pid_t near = pid_in("near"), far = pid_in("far");
  ::kill(run->program(), SIGSEGV);
  ASSERT_TRUE(ready(*run));
  const auto report = run->finish();
  EXPECT_EQ(report.how, How::signalled);
  EXPECT_EQ(report.number, SIGSEGV);
  EXPECT_GE(report.killed, 2U);
  EXPECT_TRUE(gone(near));
  EXPECT_TRUE(gone(far));
}
TEST_F(ProgramRunTest, it_is_ended_when_that_is_asked) {
  auto run = starts("trap '' TERM HUP INT; echo $$ > ../pid; while :; do sleep 1000; done");
  const pid_t pid = pid_in("pid");
  run->end();
  ASSERT_TRUE(ready(*run));
  EXPECT_EQ(run->finish().how, How::ended);
  EXPECT_TRUE(gone(pid));
}
TEST_F(ProgramRunTest, one_that_cannot_be_started_says_why) {
  auto run = starts("", "/nonexistent/program");
  EXPECT_EQ(run->program(), 0);
  ASSERT_TRUE(ready(*run));
  const auto report = run->finish();
  EXPECT_EQ(report.how, How::not_started);
  EXPECT_EQ(report.number, ENOENT);
}
TEST_F(ProgramRunTest, a_killed_supervisor_takes_it_along_and_the_rest_is_ended_and_wiped_here) {
  auto run = starts("echo secret > left; setsid sleep 1000 & echo $! > ../far; echo $PPID > ../supervisor; wait");
  const pid_t supervisor = pid_in("supervisor"), far = pid_in("far");
  ::kill(supervisor, SIGKILL);
  ASSERT_TRUE(ready(*run));
  const auto report = run->finish();
  EXPECT_EQ(report.how, How::supervisor_killed);
  EXPECT_TRUE(gone(far));
  EXPECT_EQ(report.wiped.files, 1U);
  EXPECT_FALSE(fs::exists(base / "home"));
}
/// kioskward-shell itself is killed: a process in its place here.
TEST_F(ProgramRunTest, a_killed_keeper_takes_everything_along) {
  const pid_t keeper = ::fork();
  if (keeper == 0) {
    auto run = starts("echo secret > left; setsid sleep 1000 & echo $! > ../far; echo $$ > ../pid; wait");
    ::pause();
    ::_exit(0);
  }
  const pid_t far = pid_in("far"), pid = pid_in("pid");
  ::kill(keeper, SIGKILL);
  ::waitpid(keeper, nullptr, 0);
  while (::waitpid(-1, nullptr, 0) > 0) {  // the supervisor, once it has done its work
  }
  EXPECT_TRUE(gone(pid));
  EXPECT_TRUE(gone(far));
  EXPECT_FALSE(fs::exists(base / "home"));
}
/// Both at once: what the program had started is found by its mark.
TEST_F(ProgramRunTest, leftovers_of_a_keeper_and_supervisor_killed_at_once_are_found) {
  auto run = starts("setsid sleep 1000 & echo $! > ../far; echo $PPID > ../supervisor; wait");
  const pid_t far = pid_in("far"), supervisor = pid_in("supervisor"), program = run->program();
  ::kill(supervisor, SIGKILL);
  ASSERT_TRUE(ready(*run));
  EXPECT_EQ(end_leftovers(leftover_mark(base / "elsewhere")), 0U);
  EXPECT_GE(end_leftovers(leftover_mark(base)), 1U);
  static_cast<void>(run->finish());
  EXPECT_TRUE(gone(program));
  EXPECT_TRUE(gone(far));
}

}  // namespace
}  // namespace kw::shell
