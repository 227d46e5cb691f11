// Guests are shell scripts that write down who and where they are.
#include "platform/linux/guest.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "platform/linux/durable_file.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

bool ended(const Guest& guest) {
  pollfd handle{guest.handle(), POLLIN, 0};
  return ::poll(&handle, 1, 10'000) == 1;
}

/// A guest that runs `script` with its home as $1 and a pipe's name, where it may write, as $2.
struct GuestTest : ::testing::Test {
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "kw-guest-test-XXXXXX").native();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir = name;
    ASSERT_EQ(::chmod(name.c_str(), 0755), 0);
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    ASSERT_EQ(::chmod((dir / "pipe").c_str(), 0666), 0);
  }
  void TearDown() override { fs::remove_all(dir); }

  Result<std::unique_ptr<Guest>> start(std::string script, std::optional<Account> account = {}) {
    GuestRequest request;
    request.program = "sh";
    request.arguments = [this, script = std::move(script)](const fs::path& at) {
      home = at;
      return std::vector<std::string>{"-c", script, "sh", at.string(), (dir / "pipe").string()};
    };
    request.environment = {"DISPLAY=:7"};
    request.account = account;
    return Guest::start(request);
  }
  /// What the guest writes into the pipe in one go; blocks until it does.
  [[nodiscard]] std::string told() const {
    std::ifstream pipe(dir / "pipe");
    std::string line;
    std::getline(pipe, line);
    return line;
  }

  fs::path dir, home;
};

TEST_F(GuestTest, HasAHomeOfItsOwnAndASessionAndLosesBothAtItsEnd) {
  auto guest = start("echo \"$HOME $DISPLAY $(stat -c '%a %u' \"$1\") $(ps -o sid= -p $$)\" >\"$2\"; exit 7");
  ASSERT_TRUE(guest) << guest.error().text();
  const auto pid = (*guest)->pid();
  const auto line = told();
  EXPECT_EQ(line.substr(0, line.find_last_of(' ') + 1).find(home.string() + " :7 700 " + std::to_string(::geteuid())),
            0U)
      << line;
  EXPECT_EQ(std::stol(line.substr(line.find_last_of(' '))), pid);
  ASSERT_TRUE(ended(**guest));
  EXPECT_EQ((*guest)->reap(), 7);
  EXPECT_FALSE(fs::exists(home));
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(GuestTest, EndsWithWhatItStarted) {
  auto guest = start("sleep 600 & echo $! >\"$2\"; touch \"$1/profile\"; wait");
  ASSERT_TRUE(guest) << guest.error().text();
  const auto child = static_cast<pid_t>(std::stol(told()));
  ASSERT_TRUE((*guest)->end());
  ASSERT_TRUE(ended(**guest));
  EXPECT_EQ((*guest)->reap(), 128 + SIGKILL);
  EXPECT_EQ((*guest)->reap(), 0) << "once";
  const auto gone = [child] {  // nobody may reap it here; the kernel takes a moment to end what it has killed
    const auto stat = read_file("/proc/" + std::to_string(child) + "/stat", 4096);
    return !stat || text_of(*stat).find(") Z ") != std::string_view::npos;
  };
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!gone() && std::chrono::steady_clock::now() < limit) ::sched_yield();
  EXPECT_TRUE(gone()) << "the child lives on";
  EXPECT_FALSE(fs::exists(home));
}

TEST_F(GuestTest, AGuestNobodyTakesLeaveOfIsEndedAllTheSame) {
  auto guest = start("echo here >\"$2\"; touch \"$1/profile\"; exec sleep 600");
  ASSERT_TRUE(guest) << guest.error().text();
  EXPECT_EQ(told(), "here");
  const auto pid = (*guest)->pid();
  guest->reset();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_FALSE(fs::exists(home));
}

TEST_F(GuestTest, RunsAsAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may change the user";
  const auto nobody = find_account("nobody");
  ASSERT_TRUE(nobody) << nobody.error().text();
  auto guest = start(
      "touch \"$1/mine\" && echo \"$(id -u) $(id -g) $(grep CapEff /proc/self/status | cut -f2)\" >\"$2\"", *nobody);
  ASSERT_TRUE(guest) << guest.error().text();
  EXPECT_EQ(told(), std::to_string(nobody->uid) + " " + std::to_string(nobody->gid) + " 0000000000000000");
  ASSERT_TRUE(ended(**guest));
  EXPECT_EQ((*guest)->reap(), 0);
  EXPECT_FALSE(fs::exists(home));
}

TEST_F(GuestTest, DiesWithTheProcessThatStartedIt) {
  const pid_t host = ::fork();
  ASSERT_GE(host, 0);
  if (host == 0) {
    auto guest = start("echo $$ $1 >\"$2\"; exec sleep 600");
    ::pause();  // until it is killed
    ::_exit(guest ? 0 : 1);
  }
  const auto line = told();
  const UniqueFd handle(open_pidfd(static_cast<pid_t>(std::stol(line))));
  ASSERT_TRUE(handle);
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  pollfd gone{handle.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&gone, 1, 10'000), 1);
  fs::remove_all(line.substr(line.find(' ') + 1));  // its home has nobody left to remove it
}

TEST_F(GuestTest, WhatCannotBeStartedIsToldAndLeavesNothing) {
  EXPECT_EQ(find_account("no such user here").code(), Errc::not_found);
  GuestRequest request;
  request.program = (dir / "missing").string();
  request.arguments = [this](const fs::path& at) {
    home = at;
    return std::vector<std::string>{};
  };
  auto guest = Guest::start(request);
  ASSERT_TRUE(guest) << guest.error().text();
  ASSERT_TRUE(ended(**guest));
  EXPECT_EQ((*guest)->reap(), 127);
  EXPECT_FALSE(fs::exists(home));
}

}  // namespace
}  // namespace kw::platform
