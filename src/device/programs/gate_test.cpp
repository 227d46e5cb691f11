#include "device/programs/gate.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

using namespace std::chrono_literals;

constexpr int kOwn = 10, kShell = 20, kBrowser = 30, kStranger = 40;
const crypto::Digest kGood{1}, kBad{2}, kDenied{3}, kShellDigest{4}, kBrowserDigest{5};

FileIdentity file(std::uint64_t inode) { return {1, inode, 100, 5, 5}; }

class GateTest : public ::testing::Test, public GateEyes {
 protected:
  void SetUp() override {
    rules.mode = v1::ENFORCE;
    rules.list = std::make_shared<ProgramList>(ProgramList::make({{kGood, "/bin/good", false},
                                                                  {kDenied, "/bin/old", false},
                                                                  {kShellDigest, "/bin/sh", true},
                                                                  {kBrowserDigest, "/bin/browser", false}}));
    rules.deny = {kDenied};
    rules.suffixes = {".py"};
    rules.libraries = true;
    use();
    for (const auto& [pid, digest] : {std::pair(kShell, kShellDigest), std::pair(kBrowser, kBrowserDigest)}) {
      programs[pid] = file(static_cast<std::uint64_t>(1000 + pid));
      gate.learnt({programs[pid], true, true, true, {}}, digest);
    }
  }
  void use() { gate.use(std::make_shared<ProgramRules>(rules)); }

  std::optional<FileIdentity> program_of(int pid) override {
    const auto at = programs.find(pid);
    return at == programs.end() ? std::nullopt : std::optional(at->second);
  }
  std::string path_of(std::uint64_t question) override { return paths[question]; }

  Question question(std::uint64_t id, std::uint64_t inode, bool running, int pid,
                    std::string_view head =
                        "\x7f"
                        "ELF") {
    Question out{id, running, pid, {file(inode), true, true, true, {}}};
    std::copy_n(head.begin(), std::min<std::size_t>(head.size(), 4), out.file.head.begin());
    return out;
  }
  void ask(const Question& question) {
    steps.clear();
    gate.ask(question, now, *this, steps);
  }
  void hashed(std::uint64_t id, const Result<crypto::Digest>& digest) {
    steps.clear();
    gate.hashed(id, digest, steps);
  }
  void expect_answer(std::uint64_t id, bool allow, bool ignore = false) {
    ASSERT_EQ(steps.answers.size(), 1U);
    EXPECT_EQ(steps.answers[0].id, id);
    EXPECT_EQ(steps.answers[0].allow, allow);
    EXPECT_EQ(steps.answers[0].ignore, ignore);
  }
  void expect_waiting() {
    EXPECT_TRUE(steps.answers.empty());
    EXPECT_EQ(steps.hash.size(), 1U);
  }

  ProgramRules rules;
  Gate gate{kOwn};
  GateSteps steps;
  Duration now{0};
  std::map<int, FileIdentity> programs;
  std::map<std::uint64_t, std::string> paths;
};

TEST_F(GateTest, a_known_program_is_hashed_once_and_then_the_kernel_need_not_ask) {
  ask(question(1, 7, true, kShell));
  expect_waiting();
  hashed(1, kGood);
  expect_answer(1, true, true);
  ask(question(2, 7, true, kShell));
  expect_answer(2, true, true);
  EXPECT_EQ(gate.counts().hashed, 1U);
  EXPECT_TRUE(steps.seen.empty());
}
TEST_F(GateTest, an_unknown_program_is_refused_and_told) {
  paths[1] = "/tmp/evil";
  ask(question(1, 8, true, kShell));
  hashed(1, kBad);
  expect_answer(1, false);
  ASSERT_EQ(steps.seen.size(), 1U);
  EXPECT_EQ(steps.seen[0].why, Judgement::unknown);
  EXPECT_TRUE(steps.seen[0].refused);
  EXPECT_EQ(steps.seen[0].path, "/tmp/evil");
  EXPECT_EQ(steps.seen[0].digest, kBad);
  paths[2] = "/tmp/evil";
  ask(question(2, 8, true, kShell));
  expect_answer(2, false);
  EXPECT_EQ(steps.seen.at(0).path, "/tmp/evil") << "the second time from what is remembered, path and all";
}
TEST_F(GateTest, a_denied_digest_never_runs_whatever_the_baseline_says) {
  ask(question(1, 9, true, kShell));
  hashed(1, kDenied);
  expect_answer(1, false);
  EXPECT_EQ(steps.seen.at(0).why, Judgement::denied);
}
TEST_F(GateTest, watch_answers_at_once_and_tells_afterwards) {
  rules.mode = v1::WATCH;
  use();
  ask(question(1, 8, true, kShell));
  expect_answer(1, true);
  ASSERT_EQ(steps.hash.size(), 1U);
  hashed(1, kBad);
  EXPECT_TRUE(steps.answers.empty());
  ASSERT_EQ(steps.seen.size(), 1U);
  EXPECT_FALSE(steps.seen[0].refused);
}
TEST_F(GateTest, off_and_own_questions_are_answered_at_once) {
  ask(question(1, 8, true, kOwn));
  expect_answer(1, true);
  rules.mode = v1::OFF;
  use();
  ask(question(2, 8, true, kShell));
  expect_answer(2, true);
}
TEST_F(GateTest, the_loader_cannot_run_what_the_kernel_was_not_asked_to_run) {
  rules.libraries = false;
  use();
  paths[1] = "/tmp/evil";
  ask(question(1, 8, false, kShell));  // "ld.so PROGRAM": the loader counts as an interpreter, and opens an ELF file
  expect_waiting();
  hashed(1, kBad);
  expect_answer(1, false);
  ask(question(2, 8, false, kBrowser));
  expect_answer(2, true);
  EXPECT_TRUE(steps.seen.empty()) << "any other process reads it as data, unless libraries are judged";
}
TEST_F(GateTest, a_library_is_judged_whoever_opens_it) {
  ask(question(1, 8, false, kBrowser));
  expect_waiting();
  hashed(1, kBad);
  expect_answer(1, false);
}
TEST_F(GateTest, a_script_is_told_by_sign_or_name_and_data_is_let_be) {
  paths = {{1, "/tmp/x"}, {2, "/tmp/x.py"}, {3, "/tmp/x.txt"}, {4, "/tmp/x.py"}};
  ask(question(1, 21, false, kShell, "#!/b"));
  expect_waiting();
  ask(question(2, 22, false, kShell, "impo"));
  expect_waiting();
  ask(question(3, 23, false, kShell, "text"));
  expect_answer(3, true, true);
  ask(question(4, 24, false, kBrowser, "impo"));
  expect_answer(4, true);
  EXPECT_EQ(gate.counts().data, 2U);
}
TEST_F(GateTest, what_is_data_whoever_opens_it_is_not_asked_about_again_unless_it_is_run) {
  paths = {{1, "/srv/page"}, {2, "/srv/page"}, {3, "/srv/page"}};
  auto asked = question(1, 22, false, kBrowser, "text");
  ask(asked);
  expect_answer(1, true, true);
  EXPECT_FALSE(steps.answers[0].runs);
  asked.id = 2;
  asked.file.root_only = false;
  ask(asked);
  expect_answer(2, true, false);
  asked.id = 3;
  asked.file.root_only = true;
  asked.file.settled = false;
  ask(asked);
  expect_answer(3, true, false);
}
TEST_F(GateTest, a_script_is_never_ignored_as_data_for_an_interpreter_may_come_later) {
  paths = {{1, "/tmp/x.py"}, {2, "/tmp/x.py"}};
  ask(question(1, 22, false, kBrowser, "impo"));
  expect_answer(1, true, false);
  ask(question(2, 22, false, kShell, "impo"));
  expect_waiting();
}
TEST_F(GateTest, a_process_whose_program_is_not_known_counts_as_an_interpreter) {
  paths = {{1, "/x.py"}, {2, "/x.py"}, {3, "/x.py"}};
  programs[kStranger] = file(77);
  ask(question(1, 22, false, kStranger, "impo"));
  expect_waiting();
  ask(question(2, 23, false, 0, "impo"));
  expect_waiting();
  ask(question(3, 24, false, 99, "impo"));  // gone
  expect_waiting();
}
TEST_F(GateTest, strict_judges_what_others_can_write_and_never_trusts_it_to_stay) {
  rules.strict = true;
  rules.data_paths = {"/home/kiosk"};
  use();
  paths = {{1, "/tmp/notes"}, {2, "/home/kiosk/notes"}, {3, "/tmp/copy"}};
  auto asked = question(1, 31, false, kShell, "text");
  asked.file.root_only = false;
  ask(asked);
  expect_waiting();
  asked.id = 2;
  asked.file.identity = file(32);
  ask(asked);
  expect_answer(2, true);
  asked.id = 3;
  asked.file.identity = file(33);
  ask(asked);
  hashed(3, kGood);  // a known script's copy, which its owner can change after the answer
  expect_answer(3, false);
  EXPECT_EQ(steps.seen.at(0).why, Judgement::writable);
}
TEST_F(GateTest, a_program_that_others_can_write_runs_but_is_asked_about_each_time) {
  auto asked = question(1, 7, true, kShell);
  asked.file.root_only = false;
  ask(asked);
  hashed(1, kGood);
  expect_answer(1, true, false);
}
TEST_F(GateTest, a_file_that_just_changed_is_hashed_each_time) {
  auto asked = question(1, 7, true, kShell);
  asked.file.settled = false;
  ask(asked);
  hashed(1, kGood);
  expect_answer(1, true, false);
  asked.id = 2;
  ask(asked);
  expect_waiting();
}
TEST_F(GateTest, a_change_of_times_size_or_a_write_forgets_the_verdict) {
  ask(question(1, 7, true, kShell));
  hashed(1, kGood);
  auto changed = question(2, 7, true, kShell);
  changed.file.identity.changed_ns = 6;
  ask(changed);
  expect_waiting();
  hashed(2, kBad);
  expect_answer(2, false);
  ask(question(3, 17, true, kShell));
  hashed(3, kGood);
  gate.written(file(17));
  ask(question(4, 17, true, kShell));
  expect_waiting();
}
TEST_F(GateTest, late_questions_get_policys_answer_within_the_time_and_the_digest_still_counts) {
  ask(question(1, 7, true, kShell));
  EXPECT_EQ(gate.deadline(), 50ms);
  steps.clear();
  gate.expire(49ms, steps);
  EXPECT_TRUE(steps.answers.empty());
  gate.expire(50ms, steps);
  expect_answer(1, false);
  EXPECT_EQ(steps.seen.at(0).why, Judgement::late);
  EXPECT_EQ(gate.deadline(), std::nullopt);
  hashed(1, kGood);
  EXPECT_TRUE(steps.answers.empty());
  ask(question(2, 7, true, kShell));
  expect_answer(2, true, true);
}
TEST_F(GateTest, late_ones_may_pass_by_policy_and_are_told_when_they_turn_out_bad) {
  rules.allow_late = true;
  use();
  ask(question(1, 8, true, kShell));
  steps.clear();
  gate.expire(1s, steps);
  expect_answer(1, true);
  hashed(1, kBad);
  ASSERT_EQ(steps.seen.size(), 1U);
  EXPECT_EQ(steps.seen[0].why, Judgement::unknown);
  EXPECT_FALSE(steps.seen[0].refused);
}
TEST_F(GateTest, equal_files_are_hashed_once_and_all_are_answered) {
  ask(question(1, 7, true, kShell));
  expect_waiting();
  ask(question(2, 7, false, kShell));
  EXPECT_TRUE(steps.hash.empty());
  hashed(1, kGood);
  EXPECT_EQ(steps.answers.size(), 2U);
  EXPECT_EQ(gate.waiting(), 0U);
}
TEST_F(GateTest, what_cannot_be_read_is_refused) {
  ask(question(1, 7, true, kShell));
  hashed(1, Error(Errc::conflict));
  expect_answer(1, false);
  EXPECT_EQ(steps.seen.at(0).why, Judgement::unreadable);
}
TEST_F(GateTest, new_rules_judge_what_waits_and_what_is_remembered) {
  ask(question(1, 7, true, kShell));
  hashed(1, kGood);
  rules.list = std::make_shared<ProgramList>();
  use();
  ask(question(2, 7, true, kShell));
  expect_answer(2, false);
}
TEST_F(GateTest, too_many_that_wait_are_answered_by_policy) {
  for (std::uint64_t i = 0; i < Gate::kMostWaiting; ++i) ask(question(100 + i, 100'000 + i, true, kShell));
  EXPECT_EQ(gate.waiting(), Gate::kMostWaiting);
  ask(question(1, 7, true, kShell));
  expect_answer(1, false);
  EXPECT_EQ(gate.waiting(), Gate::kMostWaiting);
}
TEST(DigestCache, keeps_what_is_asked_for_and_stays_bounded) {
  DigestCache cache(100);
  cache.keep(file(1), kGood);
  for (std::uint64_t i = 2; i < 1000; ++i) {
    cache.keep(file(i), kBad);
    ASSERT_TRUE(cache.find(file(1))) << i;
    ASSERT_LE(cache.size(), 104U);
  }
  EXPECT_FALSE(cache.find(file(2)));
  auto changed = file(1);
  changed.size = 1;
  EXPECT_FALSE(cache.find(changed));
}

}  // namespace
}  // namespace kw::device
