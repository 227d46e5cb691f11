// HostScenario files (cases/*.txt) drive HostWatch: one observation a line, and behind it, on lines that start with ">",
// exactly what is found. No such line means that nothing is.
//
//   browser|allow|kiosk|user|protect|raiser VALUE         policy
//   has PID PARENT UID PROGRAM [tty NAME] [tracer PID]    a process that runs; told by the next scan only
//   scan [first], fork PARENT CHILD, exec PID PROGRAM, ids PID UID EUID, gone PID, exit PID, trace PID TRACER,
//   sessions [USER:LINE:FROM]..., tick SECONDS
//   > KIND WHAT SUBJECT by PID [ANCESTRY]
#include "device/host/host_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kw::device {
namespace {

using Reaction = v1::HostReaction;

class HostScenario {
 public:
  void act(const std::string& line) {
    std::istringstream in(line);
    std::string what, word;
    in >> what;
    if (rule(what, in)) return;
    if (what == "has") {
      ProcessFacts facts;
      in >> facts.pid >> facts.parent >> facts.uid >> facts.program;
      facts.euid = facts.suid = facts.uid;
      facts.started = static_cast<std::uint64_t>(facts.pid);
      facts.session = facts.pid;
      facts.name = facts.program.substr(facts.program.rfind('/') + 1);
      while (in >> word) word == "tty" ? in >> facts.terminal : in >> facts.tracer;
      world_[facts.pid] = facts;
      return;
    }
    begin();
    if (what == "scan") {
      std::vector<ProcessFacts> all;
      for (const auto& [pid, facts] : world_) all.push_back(facts);
      in >> word;
      return note(watch_.scanned(all, word == "first", now_, now_));
    }
    if (what == "sessions") {
      std::vector<SessionSeen> seen;
      while (in >> word) {
        const auto one = word.find(':'), two = word.find(':', one + 1);
        seen.push_back({"utmp", word.substr(0, one), word.substr(one + 1, two - one - 1), word.substr(two + 1), 0});
      }
      return note(watch_.sessions(seen));
    }
    int pid = 0, other = 0;
    in >> pid;
    if (what == "tick") {
      now_ += std::chrono::seconds(pid);
      return watch_.tidy(now_);
    }
    auto& facts = world_[pid];
    if (what == "fork") {
      in >> other;
      world_[other] = facts;
      world_[other].pid = other;
      world_[other].parent = pid;
      world_[other].started = static_cast<std::uint64_t>(other);
      world_[other].session = other;
      return note(watch_.heard(ProcessForked{pid, other}, now_));
    }
    if (what == "exec") {
      in >> facts.program;
      facts.name = facts.program.substr(facts.program.rfind('/') + 1);
      return note(watch_.heard(ProcessChanged{pid, facts, true}, now_));
    }
    if (what == "ids") {
      in >> facts.uid >> facts.euid;
      facts.suid = facts.euid;
      return note(watch_.heard(ProcessChanged{pid, facts, false}, now_));
    }
    if (what == "gone") return note(watch_.heard(ProcessChanged{pid, std::nullopt, true}, now_));
    if (what == "trace") {
      in >> other;
      return note(watch_.heard(ProcessTraced{pid, other, std::nullopt}, now_));
    }
    if (what == "exit") {
      world_.erase(pid);
      return note(watch_.heard(ProcessEnded{pid}, now_));
    }
    ADD_FAILURE() << line;
  }
  std::vector<std::string> take() { return std::exchange(out_, {}); }

 private:
  bool rule(const std::string& what, std::istringstream& in) {
    const std::map<std::string, std::function<void(const std::string&)>> words = {
        {"browser", [&](const auto& v) { policy_.add_browsers(v); }},
        {"allow", [&](const auto& v) { policy_.add_below_browser(v); }},
        {"kiosk", [&](const auto& v) { policy_.add_kiosk_uids(static_cast<std::uint32_t>(std::stoul(v))); }},
        {"user", [&](const auto& v) { policy_.add_users(v); }},
        {"remote", [&](const auto&) { policy_.set_remote_sessions(true); }},
        {"protect", [&](const auto& v) { policy_.add_protected_programs(v); }},
        {"raiser", [&](const auto& v) { policy_.add_raisers(v); }}};
    const auto at = words.find(what);
    if (at == words.end()) return false;
    std::string value;
    in >> value;
    at->second(value);
    return true;
  }
  void begin() {
    if (std::exchange(begun_, true)) return;
    watch_.use(HostRules::make(policy_, "/usr/bin/kioskward-agent"));
  }
  void note(const std::vector<HostFinding>& findings) {
    for (const auto& one : findings) {
      auto kind = Reaction::Kind_Name(one.kind);
      std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      auto text = kind + " " + one.what + " " + (one.subject.empty() ? "-" : one.subject) + " by " +
                  std::to_string(one.process.pid);
      if (!one.ancestry.empty()) text += " [" + ancestry_text(one.ancestry) + "]";
      out_.push_back(text);
    }
  }
  v1::HostPolicy policy_;
  HostWatch watch_;
  bool begun_ = false;
  Duration now_ = std::chrono::hours(1);
  std::map<int, ProcessFacts> world_;
  std::vector<std::string> out_;
};

TEST(HostWatch, every_scenario_finds_what_it_says_and_nothing_else) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR) + "/src/device/host/cases")) {
    ++files;
    std::ifstream in(entry.path());
    HostScenario scenario;
    std::string did;
    std::vector<std::string> wanted;
    const auto compare = [&] {
      EXPECT_EQ(scenario.take(), wanted) << entry.path().filename() << ": " << did;
      wanted.clear();
    };
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line[0] == '#') continue;
      if (line[0] == '>') {
        wanted.push_back(line.substr(2));
        continue;
      }
      compare();
      did = line;
      scenario.act(line);
    }
    compare();
  }
  EXPECT_GE(files, 8U);
}
TEST(HostWatch, shells_are_told_by_their_file) {
  for (const auto* one : {"/bin/sh", "/usr/bin/python3.11", "/usr/bin/busybox", "/usr/bin/gnome-terminal.real",
                          "/memfd:x (deleted)", "/usr/bin/bash (deleted)", "/tmp/perl5.36.0"})
    EXPECT_TRUE(is_shell(one)) << one;
  for (const auto* one : {"", "/usr/lib/chromium/chromium", "/usr/bin/shred", "/usr/bin/pythonic", "/usr/bin/"})
    EXPECT_FALSE(is_shell(one)) << one;
}
TEST(HostWatch, an_action_reaches_the_tree_and_the_session_but_never_what_protects_the_kiosk) {
  HostWatch watch;
  watch.use(HostRules::make({}, "/usr/bin/kioskward-agent"));
  const auto facts = [](int pid, int parent, const std::string& program, const std::string& session) {
    ProcessFacts out;
    out.pid = pid;
    out.parent = parent;
    out.started = static_cast<std::uint64_t>(pid);
    out.program = program;
    out.login_session = session;
    return out;
  };
  watch.scanned({facts(1, 0, "/sbin/init", ""), facts(10, 1, "/bin/bash", "7"), facts(11, 10, "/bin/cat", "7"),
                 facts(12, 1, "/usr/bin/nohup", "7"), facts(13, 10, "/usr/bin/kioskward-agent", "7"),
                 facts(14, 1, "/usr/sbin/sshd", "8"), facts(15, 10, "/bin/own", "7")},
                true, {}, {});
  const auto finding = watch.finding_of(Reaction::SESSION, "user", "x", 10);
  const auto pids = [&](bool session) {
    std::vector<int> out;
    for (const auto& one : watch.reach(finding, session, {15})) out.push_back(one.pid);
    return out;
  };
  EXPECT_THAT(pids(false), ::testing::ElementsAre(10, 11));
  EXPECT_THAT(pids(true), ::testing::ElementsAre(10, 11, 12));
  EXPECT_TRUE(watch.reach(watch.finding_of(Reaction::SESSION, "user", "x", 1), true, {}).empty());
}
TEST(HostWatch, a_number_with_a_new_owner_has_no_children_of_the_old_one) {
  ProcessTree tree;
  tree.ran({.pid = 5, .parent = 1, .started = 5, .program = "/bin/a"}, {});
  tree.ran({.pid = 6, .parent = 5, .started = 6, .program = "/bin/b"}, {});
  tree.ended(5, {});
  tree.ran({.pid = 5, .parent = 1, .started = 100, .program = "/bin/c"}, {});
  EXPECT_TRUE(tree.below(5).empty());
}
TEST(HostWatch, ended_processes_are_forgotten_and_their_number_is_bounded) {
  ProcessTree tree;
  for (int pid = 2; pid < 5000; ++pid) {
    tree.forked(1, pid, {});
    tree.ended(pid, {});
  }
  EXPECT_LE(tree.all().size(), ProcessTree::kMostEnded + 1);
  tree.tidy(ProcessTree::kEnded);
  EXPECT_TRUE(tree.all().empty());
}

}  // namespace
}  // namespace kw::device
