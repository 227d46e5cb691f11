// What fanotify cannot see: programs in memory, and file systems that are not marked. On the real kernel.
#include "platform/linux/process_watch.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>

#include "platform/linux/exec_messages.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/process_facts.h"
#include "platform/recorded/recorded_processes.h"

namespace kw::platform {
namespace {

using device::RunningProgram;

// A process that runs "sleep" from anonymous memory, until it is killed.
pid_t run_in_memory() {
  const auto content = read_file("/bin/sleep", std::size_t{16} << 20).value();
  const UniqueFd memory(::memfd_create("kw-test", 0));
  EXPECT_EQ(::write(memory.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  const pid_t child = ::fork();
  if (child == 0) {
    std::string name = "sleep", time = "60";
    std::array<char*, 3> arguments{name.data(), time.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    ::fexecve(memory.get(), arguments.data(), environment.data());
    ::_exit(127);
  }
  return child;
}
int ended_by(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

TEST(ProcessWatch, AProgramInMemoryIsSeenNamedAndEnded) {
  LinuxProcessWatch watch;
  Heard<RunningProgram> heard;
  const auto started =
      watch.start([](std::uint64_t) { return true; }, [&](RunningProgram one) { heard.add(std::move(one)); });
  const auto child = run_in_memory();
  ASSERT_GT(child, 0);
  std::optional<RunningProgram> found;
  if (started) {
    found = heard.wait([&](const RunningProgram& one) { return one.pid == child && one.memory; });
  } else {  // not the initial network namespace, or no privilege: /proc tells it as well
    EXPECT_TRUE(started.code() == Errc::unsupported || started.code() == Errc::not_permitted) << started.error().text();
    eventually([&] {
      const auto all = watch.scan(false).value();
      for (const auto& one : all)
        if (one.pid == child && one.memory) found = one;
      return found.has_value();
    });
  }
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->path.starts_with("/memfd:kw-test"));
  EXPECT_FALSE(found->guarded);
  EXPECT_EQ(found->digest, crypto::sm3(read_file("/bin/sleep", std::size_t{16} << 20).value()));
  auto other = *found;
  other.started += 1;
  EXPECT_EQ(watch.end(other).code(), Errc::not_found) << "another process got the number";
  EXPECT_TRUE(watch.end(*found));
  EXPECT_EQ(ended_by(child), SIGKILL);
  watch.stop();
}
// What this process has read from files so far, in octets.
std::uint64_t octets_read() {
  const auto text = std::string(text_of(read_file("/proc/self/io", 4096).value()));
  return std::stoull(text.substr(text.find(' ') + 1));
}

TEST(ProcessWatch, ABirthIsSeenInOneSmallRead) {
  LinuxProcessWatch watch;
  const auto before = watch.births();
  ASSERT_TRUE(before) << before.error().text();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  EXPECT_EQ(ended_by(child), -1);
  const auto after = watch.births();
  ASSERT_TRUE(after);
  EXPECT_NE(*after, *before);
}

TEST(ProcessWatch, WhatRunsOnIsReadOnce) {
  LinuxProcessWatch watch;
  const auto before = octets_read();
  const auto first = watch.scan(true).value();
  const auto between = octets_read();
  auto again = watch.scan(true).value();
  auto least = octets_read() - between;
  for (int i = 0; i < 5; ++i) {  // what begins meanwhile on this machine is read as well
    const auto from = octets_read();
    again = watch.scan(true).value();
    least = std::min(least, octets_read() - from);
  }
  EXPECT_GT(between - before, 1U << 20) << "programs were read";
  EXPECT_LT(least, (between - before) / 4) << "and not again";
  for (const auto& one : again)
    for (const auto& other : first)
      if (one.pid == other.pid && one.started == other.started && one.path == other.path) {
        EXPECT_EQ(one.digest, other.digest);
      }
}

TEST(ProcessWatch, AScanFindsWhatRanBefore) {
  const auto child = run_in_memory();
  LinuxProcessWatch watch;
  EXPECT_TRUE(eventually([&] {
    const auto all = watch.scan(false).value();
    return std::ranges::any_of(all, [&](const auto& one) { return one.pid == child && one.memory && one.digest; });
  }));
  ::kill(child, SIGKILL);
  EXPECT_EQ(ended_by(child), SIGKILL);
  EXPECT_EQ(watch.end({1, 0, "", false, false, false, false, {}, {}}).code(), Errc::forbidden);
}

// What the real watch and the recorded one promise alike.
class ProcessContract : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, ProcessContract, testing::Values("Linux", "Recorded"),
                         [](const auto& param) { return std::string(param.param); });
TEST_P(ProcessContract, AProcessIsFoundOnceAndEndsOnlyWhileItIsTheSame) {
  const bool real = GetParam() == std::string("Linux");
  const auto table = std::make_shared<RecordedProcessTable>();
  std::unique_ptr<device::ProcessWatch> watch;
  if (real)
    watch = std::make_unique<LinuxProcessWatch>();
  else
    watch = std::make_unique<RecordedProcesses>(table);
  const pid_t child = real ? run_in_memory() : 4711;
  if (!real)
    table->begin({child, 7, "/memfd:kw-test", true, true, false, false, crypto::Digest{1}, {child, "sleep", "", "0"}});

  std::optional<RunningProgram> found;
  ASSERT_TRUE(eventually([&] {
    const auto all = watch->scan(true).value();
    const auto at = std::ranges::find_if(all, [&](const auto& one) { return one.pid == child && one.memory; });
    if (at != all.end()) found = *at;
    return found.has_value();
  }));
  EXPECT_TRUE(found->digest);
  EXPECT_EQ(found->by.pid, child);
  auto other = *found;
  ++other.started;
  EXPECT_EQ(watch->end(other).code(), Errc::not_found);
  EXPECT_EQ(watch->end({1, 0, "", false, false, false, false, {}, {}}).code(), Errc::forbidden);
  EXPECT_TRUE(watch->end(*found));
  if (real) {
    EXPECT_EQ(ended_by(child), SIGKILL);
  }
  EXPECT_EQ(watch->end(*found).code(), Errc::not_found);
  watch->stop();
}

class MountsOfOthers : public MountTest {};
TEST_F(MountsOfOthers, AFileSystemInAnotherNamespaceIsFoundAndReached) {
  std::filesystem::create_directory(at("inner"));
  write("probe", "x");
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("kw-inner", at("inner").c_str(), "tmpfs", 0, "size=1m") != 0) ::_exit(1);
    std::ofstream(at("inner/there")) << "y";
    for (;;) ::pause();
  }
  LinuxProcessWatch watch;
  std::string reached;
  EXPECT_TRUE(eventually([&] {
    const auto all = watch.mounts().value();
    for (const auto& [path, mount] : all)
      if (mount.source == "kw-inner") reached = path;
    return !reached.empty() && std::filesystem::exists(reached + "/there");
  })) << reached;
  ::kill(child, SIGKILL);
  EXPECT_EQ(ended_by(child), SIGKILL);
}

TEST(ExecMessages, OnlyExecsOfTheConnectorAreTaken) {
  EXPECT_EQ(exec_of({}), std::nullopt);
  EXPECT_EQ(exec_of(Bytes(4096, 0xff)), std::nullopt);
  EXPECT_EQ(exec_of(listen_message(1)), std::nullopt);
}
TEST(ProcessFacts, ThisProcessIsTold) {
  const auto self = actor_of(::getpid());
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_THAT(self.program, testing::EndsWith("platform_test"));
  EXPECT_EQ(self.user, std::to_string(::getuid()));
  EXPECT_GT(started_at(::getpid()), 0U);
  EXPECT_EQ(started_at(1 << 30), 0U);
  EXPECT_THAT(all_processes(), testing::Contains(::getpid()));
}

}  // namespace
}  // namespace kw::platform
