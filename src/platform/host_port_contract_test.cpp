// What every HostPort promises, asked of the Linux adapter (on the machine's processes and a tree of files of its own)
// and of the recorded one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "platform/linux/exec_messages.h"
#include "platform/linux/heard_test.h"
#include "platform/linux/linux_host_port.h"
#include "platform/linux/mount_fixture_test.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/process_reader.h"
#include "platform/linux/process_scan.h"
#include "platform/recorded/recorded_host_port.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using namespace device;

// A child that does one thing when it is told to, and then waits for its end.
class Child {
 public:
  template <class Deed>
  explicit Child(Deed deed) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      char go = 0;
      ::close(ends[1]);
      if (::read(ends[0], &go, 1) != 1) ::_exit(0);
      deed();
      for (;;) ::pause();
    }
    ::close(ends[0]);
    go_.reset(ends[1]);
  }
  ~Child() { end(); }
  [[nodiscard]] int pid() const { return pid_; }
  void go() const { EXPECT_EQ(::write(go_.get(), "g", 1), 1); }
  int end() {
    if (pid_ <= 0) return 0;
    ::kill(pid_, SIGKILL);
    return wait();
  }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
  }

 private:
  pid_t pid_ = 0;
  UniqueFd go_;
};

class HostPortContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    fs::create_directories(root + "/var/log");
    fs::create_directories(root + "/run/systemd/sessions");
    fs::create_directories(root + "/etc");
    fs::create_directories(root + "/proc/sys/kernel");
    std::ofstream(root + "/etc/passwd") << "root:x:0:0:root:/root:/bin/bash\n";
    if (real())
      port = std::make_unique<LinuxHostPort>(LinuxHostPort::Options{root, {root}});
    else
      port = std::make_unique<RecordedHostPort>(machine);
    machine->users = {"root"};
  }
  void TearDown() override {
    port->stop();
    fs::remove_all(root);
  }
  [[nodiscard]] static bool real() { return GetParam(); }
  ProcessFacts process() {
    if (real()) {
      child = std::make_unique<Child>([] { ::execl("/bin/sleep", "sleep", "60", nullptr); });
      child->go();
      std::optional<ProcessFacts> found;
      EXPECT_TRUE(eventually([&] {
        found = port->look(child->pid());
        return found && !found->command.empty() && found->name == "sleep";
      }));
      return found.value_or(ProcessFacts{});
    }
    ProcessFacts facts;
    facts.pid = 4711;
    facts.parent = ::getpid();
    facts.started = 7;
    facts.name = "sleep";
    facts.program = "/usr/bin/sleep";
    facts.command = "sleep 60";
    facts.uid = facts.euid = facts.suid = ::getuid();
    return machine->processes[4711] = facts;
  }
  void failed(const std::string& user, const std::string& from) {
    machine->failed.push_back({"btmp", user, "ssh:notty", from, "", Timestamp::from_seconds(1'700'000'000)});
    utmp one{};
    one.ut_type = LOGIN_PROCESS;
    one.ut_tv.tv_sec = 1'700'000'000;
    std::strncpy(one.ut_line, "ssh:notty", sizeof one.ut_line);
    std::strncpy(one.ut_user, user.c_str(), sizeof one.ut_user);
    std::strncpy(one.ut_host, from.c_str(), sizeof one.ut_host);
    std::ofstream(root + "/var/log/btmp", std::ios::app).write(reinterpret_cast<const char*>(&one), sizeof one);
  }
  std::string root = (fs::path(::testing::TempDir()) / ("kw-host-" + std::to_string(::getpid()))).string();
  std::shared_ptr<RecordedMachine> machine = std::make_shared<RecordedMachine>();
  std::unique_ptr<Child> child;
  std::unique_ptr<HostPort> port;
};
INSTANTIATE_TEST_SUITE_P(Ports, HostPortContract, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Linux" : "recorded"; });

TEST_P(HostPortContract, a_process_is_told_with_what_the_rules_need) {
  const auto facts = process();
  EXPECT_EQ(facts.parent, ::getpid());
  EXPECT_THAT(facts.program, ::testing::EndsWith("/sleep"));
  EXPECT_EQ(facts.command, "sleep 60");
  EXPECT_EQ(facts.uid, ::getuid());
  EXPECT_GT(facts.started, 0U);
  const auto all = port->scan();
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::ranges::any_of(*all, [&](const auto& one) { return one.pid == facts.pid && one.name == "sleep"; }));
  EXPECT_FALSE(port->look(1 << 30));
}
TEST_P(HostPortContract, a_tracer_is_told) {
  const auto facts = process();
  EXPECT_EQ(port->tracer(facts.pid), 0);
  EXPECT_EQ(port->tracer(1 << 30), 0);
  if (real())
    ASSERT_EQ(::ptrace(PTRACE_SEIZE, facts.pid, nullptr, nullptr), 0);
  else
    machine->processes[facts.pid].tracer = ::getpid();
  EXPECT_EQ(port->tracer(facts.pid), ::getpid());
}
TEST_P(HostPortContract, a_process_ends_only_while_it_is_the_same) {
  const auto facts = process();
  EXPECT_TRUE(port->runs(facts.pid, facts.started));
  EXPECT_FALSE(port->runs(facts.pid, facts.started + 1));
  EXPECT_EQ(port->end(facts.pid, facts.started + 1).code(), Errc::not_found);
  EXPECT_EQ(port->end(1, 0).code(), Errc::forbidden);
  EXPECT_TRUE(port->runs(facts.pid, facts.started));
  ASSERT_TRUE(port->end(facts.pid, facts.started));
  EXPECT_TRUE(eventually([&] { return !port->runs(facts.pid, facts.started); })) << "also before anybody waits for it";
  if (child) {
    EXPECT_EQ(child->wait(), SIGKILL);
  }
}
TEST_P(HostPortContract, failed_logins_are_read_once_and_a_list_that_was_cut_short_is_told) {
  failed("root", "192.0.2.1");
  failed("guest", "192.0.2.2");
  auto read = port->failed_logins({});
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->failures.size(), 2U);
  EXPECT_EQ(read->failures[1].user, "guest");
  EXPECT_EQ(read->failures[1].from, "192.0.2.2");
  EXPECT_FALSE(read->cut_off);
  const auto mark = read->mark;
  read = port->failed_logins(mark);
  EXPECT_TRUE(read->failures.empty());
  EXPECT_EQ(read->mark, mark);
  failed("root", "192.0.2.3");
  read = port->failed_logins(mark);
  ASSERT_EQ(read->failures.size(), 1U);
  EXPECT_EQ(read->failures[0].from, "192.0.2.3");
  machine->failed.clear();
  if (real()) fs::resize_file(root + "/var/log/btmp", 0);
  read = port->failed_logins(read->mark);
  EXPECT_TRUE(read->cut_off);
  EXPECT_EQ(read->mark.read, 0U);
}
TEST_P(HostPortContract, sessions_that_stand_are_told) {
  EXPECT_TRUE(port->sessions()->empty());
  machine->sessions = {{"logind", "guest", "tty2", "", ::getpid()}};
  std::ofstream(root + "/run/systemd/sessions/3")
      << "USER=guest\nTTY=tty2\nCLASS=user\nSTATE=active\nLEADER=" << ::getpid() << "\n";
  const auto seen = port->sessions();
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->size(), 1U);
  EXPECT_EQ((*seen)[0].user, "guest");
  EXPECT_EQ((*seen)[0].line, "tty2");
  EXPECT_EQ((*seen)[0].leader, ::getpid());
  machine->sessions.reset();
  fs::remove_all(root + "/run");
  EXPECT_EQ(port->sessions().code(), Errc::not_found) << "no list at all is not an empty one";
}
TEST_P(HostPortContract, only_names_of_accounts_are_known) {
  EXPECT_TRUE(port->known_user("root"));
  EXPECT_FALSE(port->known_user("roo"));
  EXPECT_FALSE(port->known_user("my-password"));
  EXPECT_FALSE(port->known_user(""));
}
TEST_P(HostPortContract, modules_or_that_there_are_none) {
  EXPECT_EQ(port->modules().code(), Errc::unsupported);
  machine->modules = KernelModules{{"usbhid"}, 4096};
  std::ofstream(root + "/proc/modules") << "usbhid 65536 0 - Live 0x0000000000000000\n";
  std::ofstream(root + "/proc/sys/kernel/tainted") << "4096\n";
  const auto seen = port->modules();
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_THAT(seen->names, ::testing::ElementsAre("usbhid"));
  EXPECT_EQ(seen->taint, 4096U);
}
TEST_P(HostPortContract, set_id_files_are_found_and_others_are_not) {
  const auto bad = root + "/bad", good = root + "/good", locked = root + "/locked";
  for (const auto& path : {bad, good, locked}) std::ofstream(path) << "x";
  ASSERT_EQ(::chmod(bad.c_str(), 04755), 0);
  ASSERT_EQ(::chmod(good.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(locked.c_str(), 02644), 0);  // mandatory locking
  machine->set_id[bad] = {bad, 0104755, ::getuid(), ::getgid()};
  EXPECT_EQ(port->set_id(bad), (SetIdFile{bad, 0104755, ::getuid(), ::getgid()}));
  EXPECT_FALSE(port->set_id(good));
  EXPECT_FALSE(port->set_id(root + "/nothing"));
  const auto all = port->set_id_files([] { return false; });
  ASSERT_TRUE(all) << all.error().text();
  EXPECT_THAT(*all, ::testing::ElementsAre(SetIdFile{bad, 0104755, ::getuid(), ::getgid()}));
}
TEST_P(HostPortContract, what_processes_do_is_told_as_it_happens) {
  Heard<HostNews> heard;
  const auto sources = port->start([&](std::vector<HostNews> news) {
    for (auto& one : news) heard.add(std::move(one));
  });
  if (!sources.processes) {
    EXPECT_FALSE(sources.missing.at("processes").empty());
    GTEST_SKIP() << "the process connector is not to be heard here: " << sources.missing.at("processes");
  }
  const auto hears = [&](auto test) { return heard.wait(test).has_value(); };
  const auto of = [](const HostNews& news, int pid, bool ran) -> const ProcessFacts* {
    const auto* changed = std::get_if<ProcessChanged>(&news);
    return changed != nullptr && changed->pid == pid && changed->ran == ran && changed->facts ? &*changed->facts
                                                                                              : nullptr;
  };
  child = std::make_unique<Child>([] {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
    ::execl("/bin/sleep", "sleep", "60", nullptr);
  });
  const int pid = real() ? child->pid() : 4711;
  if (real()) {
    child->go();
  } else {
    ProcessFacts facts;
    facts.pid = pid;
    machine->tell(ProcessForked{::getpid(), pid});
    facts.uid = facts.euid = facts.suid = 65534;
    machine->tell(ProcessChanged{pid, facts, false});
    facts.name = "sleep";
    machine->tell(ProcessChanged{pid, facts, true});
  }
  EXPECT_TRUE(hears([&](const HostNews& news) {
    const auto* forked = std::get_if<ProcessForked>(&news);
    return forked != nullptr && forked->child == pid && forked->parent == ::getpid();
  }));
  if (!real() || ::getuid() == 0) {
    EXPECT_TRUE(hears([&](const HostNews& news) {
      const auto* facts = of(news, pid, false);
      return facts != nullptr && facts->uid == 65534;
    }));
    EXPECT_TRUE(hears([&](const HostNews& news) {
      const auto* facts = of(news, pid, true);
      return facts != nullptr && facts->name == "sleep";
    }));
  }
  if (real()) {
    ASSERT_EQ(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr), 0);
  } else {
    machine->tell(ProcessTraced{pid, ::getpid(), std::nullopt});
  }
  EXPECT_TRUE(hears([&](const HostNews& news) {
    const auto* traced = std::get_if<ProcessTraced>(&news);
    return traced != nullptr && traced->pid == pid && traced->tracer == ::getpid();
  }));
  child->end();
  if (!real()) machine->tell(ProcessEnded{pid});
  EXPECT_TRUE(hears([&](const HostNews& news) {
    const auto* ended = std::get_if<ProcessEnded>(&news);
    return ended != nullptr && ended->pid == pid;
  }));
  port->stop();
}
// "Silent queue overflow": what the kernel could not hand over is told.
TEST(HostFeed, a_queue_that_was_full_is_told) {
  HostFeed feed(HostFeed::Options{.receive_buffer = 4096});
  Heard<HostNews> heard;
  std::mutex busy;
  std::unique_lock hold(busy);
  const auto sources = feed.start([&](std::vector<HostNews> news) {
    for (auto& one : news) heard.add(std::move(one));
    const std::lock_guard wait(busy);  // while nobody takes anything the kernel's queue fills
  });
  if (!sources.processes) GTEST_SKIP() << sources.missing.at("processes");
  for (int i = 0; i < 200; ++i) {
    const auto pid = ::fork();
    if (pid == 0) ::_exit(0);
    ::waitpid(pid, nullptr, 0);
  }
  hold.unlock();
  EXPECT_TRUE(heard.wait([](const HostNews& news) { return std::holds_alternative<HostNewsLost>(news); }));
  feed.stop();
}

TEST(ProcessReader, texts_of_proc) {
  ProcessFacts out;
  EXPECT_TRUE(parse_process_stat("42 (a) b) S 7 42 40 34817 42 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0\n", out));
  EXPECT_EQ(out.pid, 42);
  EXPECT_EQ(out.name, "a) b");
  EXPECT_EQ(out.parent, 7);
  EXPECT_EQ(out.session, 40);
  EXPECT_EQ(out.terminal, "pts/1");
  EXPECT_EQ(out.started, 987654U);
  EXPECT_FALSE(out.of_kernel);
  EXPECT_TRUE(parse_process_stat("9 (kworker/0:0) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 12 0 0\n", out));
  EXPECT_TRUE(out.of_kernel);
  EXPECT_FALSE(parse_process_stat("", out));
  EXPECT_FALSE(parse_process_stat("1 (x", out));
  EXPECT_FALSE(parse_process_stat(") (", out));
  EXPECT_FALSE(parse_process_stat("1 (x) S 1 2 3", out));
  EXPECT_TRUE(parse_process_status("Name:\tx\nTracerPid:\t9\nUid:\t1000\t0\t1000\t0\n", out));
  EXPECT_EQ(out.tracer, 9);
  EXPECT_EQ(out.uid, 1000U);
  EXPECT_EQ(out.euid, 0U);
  EXPECT_FALSE(parse_process_status("Uid:\t1000\n", out));
  EXPECT_FALSE(parse_process_status("", out));
  EXPECT_EQ(terminal_name(0), "");
  EXPECT_EQ(terminal_name(0x0401), "tty1");
  EXPECT_EQ(terminal_name(0x0440), "ttyS0");
  EXPECT_EQ(terminal_name(0x8900), "pts/256");
  EXPECT_EQ(terminal_name(0x0501), "5:1");
}
TEST(ProcessReader, where_a_stack_begins) {
  EXPECT_EQ(stack_of_stat("42 (a) b) S 7 42 40 34817 42 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0 1 5 6 140737 0"),
            140737U);
  EXPECT_EQ(stack_of_stat("1 (x) S 1 2 3"), 0U);
  EXPECT_EQ(stack_of_stat(""), 0U);
}
TEST(ProcessScan, sees_a_program_that_runs_itself_anew_and_a_user_that_changes) {
  Child again(
      [] { ::execl("/bin/sh", "sh", "-c", "kill -STOP $$; exec sh -c 'kill -STOP $$; true twice; true'", nullptr); });
  Child lower([] {
    ::raise(SIGSTOP);
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
  });
  again.go();
  lower.go();
  ProcessScan scan;
  const auto facts = [&](int pid) {
    const auto all = scan.all();
    EXPECT_TRUE(all);
    const auto at = std::ranges::find(*all, pid, &ProcessFacts::pid);
    return at == all->end() ? ProcessFacts{} : *at;
  };
  ASSERT_TRUE(eventually([&] { return facts(again.pid()).command.find("exec") != std::string::npos; }));
  EXPECT_EQ(facts(lower.pid()).uid, ::getuid());
  EXPECT_EQ(facts(again.pid()).command, read_process(again.pid())->command) << "kept from the first look";
  // Continued until it has stopped and been told: a signal before the stop has no effect.
  EXPECT_TRUE(eventually([&] {
    return ::kill(again.pid(), SIGCONT) == 0 && facts(again.pid()).command.find("exec") == std::string::npos;
  }));
  if (::getuid() == 0) {
    EXPECT_TRUE(eventually([&] { return ::kill(lower.pid(), SIGCONT) == 0 && facts(lower.pid()).uid == 65534U; }));
  }
}
TEST(ProcessMessages, anything_else_is_left_out) {
  EXPECT_EQ(process_message_of({}), std::nullopt);
  EXPECT_EQ(process_message_of(Bytes(4096, 0xff)), std::nullopt);
  EXPECT_EQ(process_message_of(listen_message(1)), std::nullopt);
}
TEST(LinuxHost, this_machine_can_be_read) {
  LinuxHostPort port;
  const auto all = port.scan();
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::ranges::any_of(*all, [](const auto& one) { return one.pid == ::getpid(); }));
  EXPECT_TRUE(port.known_user("root"));
}

}  // namespace
}  // namespace kw::platform
