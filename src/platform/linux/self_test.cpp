// What a process does to itself and sees of others: privileges, system calls, moods, the service manager, the clock.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include "platform/linux/clock_set_timer.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/privileges.h"
#include "platform/linux/process_memory.h"
#include "platform/linux/process_mood.h"
#include "platform/linux/service_manager.h"

namespace kw::platform {
namespace {

/// Runs in a child, for what is done to a process cannot be undone; true where `work` says so.
bool in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Privileges, AreGivenUpForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has something to give up";
  const auto account = find_account("daemon");
  ASSERT_TRUE(account);
  EXPECT_TRUE(may_change_user());
  EXPECT_TRUE(in_child([&] {
    return become(*account) && ::getuid() == account->uid && ::geteuid() == account->uid && ::setuid(0) != 0 &&
           ::getgroups(0, nullptr) == 0 && !may_change_user() && ::open("/etc/shadow", O_RDONLY) < 0;
  }));
  EXPECT_TRUE(in_child([&] { return drop_capabilities() && !may_change_user() && ::setuid(account->uid) != 0; }));
  EXPECT_EQ(become({0, 0}).code(), Errc::invalid);
  EXPECT_EQ(find_account("no-such-user").code(), Errc::not_found);
}

TEST(Privileges, NarrowedSystemCallsAreRefusedAndTheOthersWork) {
  EXPECT_TRUE(in_child([] {
    if (!narrow_system_calls()) return false;
    char* const argv[] = {nullptr};
    const bool refused = ::execve("/bin/true", argv, argv) < 0 && errno == EPERM &&
                         ::syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) < 0 && errno == EPERM &&
                         ::syscall(SYS_unshare, 0) < 0 && errno == EPERM && ::syscall(SYS_bpf, 0, 0, 0) < 0 &&
                         errno == EPERM;
    return refused && ::socket(AF_INET, SOCK_STREAM, 0) >= 0 && ::getpid() > 0;
  }));
}

TEST(Privileges, AProcessThatRefusesDebuggersCannotBeTracedByItsLikes) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a user of its own for the child";
  const auto account = find_account("daemon");
  ASSERT_TRUE(account);
  EXPECT_TRUE(in_child([&] {
    if (!become(*account)) return false;
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) return false;
    const pid_t target = ::fork();
    if (target == 0) {
      const bool done = refuse_debuggers().has_value();
      [[maybe_unused]] const auto told = ::write(ready[1], &done, 1);
      ::pause();
    }
    char done = 0;
    if (::read(ready[0], &done, 1) != 1 || done == 0) return false;
    const bool refused = ::ptrace(PTRACE_SEIZE, target, nullptr, nullptr) < 0 && errno == EPERM;
    ::kill(target, SIGKILL);
    return refused;
  }));
}

TEST(Privileges, StayingInMemoryLocksPagesAndSetsTheScore) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(in_child([] {
    // Lowering the score is refused in some containers, so it is raised here; what is refused is named.
    const auto lowered = stay_in_memory(-900);
    const bool said = lowered || lowered.error().detail() == "oom_score_adj";
    const auto raised = stay_in_memory(900);
    const auto score = read_file("/proc/self/oom_score_adj", 64), status = read_file("/proc/self/status", 65536);
    return said && raised && score && text_of(*score) == "900\n" && status &&
           text_of(*status).find("VmLck:\t       0 kB") == std::string_view::npos;
  }));
}

/// From smaps_rollup, which counts pages; statm's number lags behind.
std::size_t resident_kib() {
  const auto text = read_file("/proc/self/smaps_rollup", 16384);
  const auto rollup = text ? copy_text(*text) : std::string();
  const auto at = rollup.find("\nRss:");
  return at == std::string::npos ? 0 : std::stoul(rollup.substr(at + 5));
}

TEST(ProcessMemory, WhatALongWalkTookIsGivenBackThoughItIsLocked) {
  EXPECT_TRUE(in_child([] {
    keep_heap_small();
    const bool locked = stay_in_memory(900).has_value();
    const auto before = resident_kib();
    std::vector<std::string> kept, walked;
    for (int i = 0; i < 64 << 10; ++i) (i % 1024 == 0 ? kept : walked).emplace_back(1000, 'x');
    const auto most = resident_kib();
    walked.clear();
    const bool given = give_heap_back().has_value();
    const auto status = read_file("/proc/self/status", 65536);
    const bool still = status && text_of(*status).find("VmLck:\t       0 kB") == std::string_view::npos;
    return given && still == locked && most - before > 60 * 1024 && resident_kib() < before + 8 * 1024;
  }));
}

TEST(ProcessMemory, CodeThatWasLetGoOfComesBackAsItIsUsed) {
  const auto before = resident_kib();  // of the test program, which has run a great deal by now
  let_go_of_code();
  EXPECT_LT(resident_kib(), before);
}

TEST(ProcessMood, TellsStoppedRunningAndGone) {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::pause();
  }
  EXPECT_EQ(mood_of(child), ProcessMood::running);
  ::kill(child, SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  EXPECT_EQ(mood_of(child), ProcessMood::stopped);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(mood_of(child), ProcessMood::gone) << "not reaped yet";
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(mood_of(child), ProcessMood::gone);
}

TEST(ServiceManager, HearsEveryWordOverItsSocketAndNothingWhereThereIsNone) {
  const auto path = std::filesystem::path(::testing::TempDir()) / ("kw-notify-" + std::to_string(::getpid()));
  const UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ServiceManager service(path.string());
  service.tell("READY=1");
  service.tell("WATCHDOG=1");
  for (const std::string word : {"READY=1", "WATCHDOG=1"}) {
    std::array<char, 64> got{};
    const auto n = ::recv(manager.get(), got.data(), got.size(), MSG_DONTWAIT);
    EXPECT_EQ(std::string(got.data(), n < 0 ? 0 : static_cast<std::size_t>(n)), word);
  }
  std::filesystem::remove(path);
  ServiceManager("").tell("READY=1");
  ServiceManager("/nonexistent/notify").tell("READY=1");
}

TEST(ClockSetTimer, IsSilentWhileNobodySetsTheClock) {
  auto timer = ClockSetTimer::open();
  ASSERT_TRUE(timer);
  EXPECT_GE(timer->descriptor(), 0);
  const auto set = timer->take();
  ASSERT_TRUE(set);
  EXPECT_FALSE(*set);
}

}  // namespace
}  // namespace kw::platform
