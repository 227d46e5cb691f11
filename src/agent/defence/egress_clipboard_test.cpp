#include "agent/defence/egress_clipboard.h"

#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "platform/recorded/recorded_clipboard.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace std::chrono_literals;

class EgressClipboardTest : public ::testing::Test {
 protected:
  EgressClipboardTest() { clipboard.start(bench); }
  ~EgressClipboardTest() override { clipboard.stop(); }
  Result<> use(v1::Mode mode, v1::ClipboardRule rule = v1::CLEAR_MARKED) {
    v1::EgressPolicy policy;
    policy.set_mode(mode);
    policy.set_clipboard(rule);
    policy.set_when_unreadable(v1::DENY_UNJUDGED);
    policy.add_words("内部资料");
    auto done = clipboard.configure(policy);
    hear();
    return done;
  }
  /// What the process says to what it was asked, and what is made of that.
  void hear() {
    if (machine.theirs) machine.answer();
    const auto ready = bench.watched;
    for (const auto& one : ready) one.second();
  }
  void says(Selection which, ClipboardReason why, ClipboardOutcome outcome, const std::string& detail) {
    machine.say({ClipboardNews::Kind::told, which, why, outcome, 42, detail});
    hear();
  }
  void pass(Duration time) {
    bench.ahead += time;
    clipboard.tick();
    hear();
  }
  testing::DefenceBench bench;
  platform::RecordedClipboard machine;
  EgressClipboard clipboard{{std::make_unique<platform::RecordedClipboardStarter>(machine)}};
};

TEST_F(EgressClipboardTest, the_rules_are_policys_and_off_has_no_process) {
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(machine.starts, 0);
  ASSERT_TRUE(use(v1::ENFORCE, v1::CLIPBOARD_RULE_UNSPECIFIED));
  EXPECT_EQ(machine.starts, 0);
  EXPECT_TRUE(clipboard.holds());
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine.rules, (ClipboardRules{true, false, true, 120, {"内部资料"}}));
  EXPECT_EQ(bench.facts["egress.clipboard"], "watched");
  EXPECT_TRUE(clipboard.holds());
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(machine.starts, 1) << "the same rules, the same process";
  ASSERT_TRUE(use(v1::WATCH, v1::CLEAR_ALWAYS));
  EXPECT_EQ(machine.starts, 2);
  EXPECT_EQ(machine.rules, (ClipboardRules{false, true, true, 120, {"内部资料"}}));
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(bench.facts["egress.clipboard"], "not watched");
  EXPECT_TRUE(bench.watched.empty());
  EXPECT_TRUE(bench.events.empty());
}
TEST_F(EgressClipboardTest, tells_rule_and_length_and_gathers_what_is_alike) {
  ASSERT_TRUE(use(v1::ENFORCE));
  for (int i = 0; i < 5; ++i) says(Selection::clipboard, ClipboardReason::marked, ClipboardOutcome::cleared, "机密★");
  ASSERT_EQ(bench.types(), std::vector<std::string>{"egress.clipboard.marked"});
  EXPECT_EQ(bench.events[0].result(), "blocked");
  EXPECT_EQ(bench.events[0].params().at("selection"), "clipboard");
  EXPECT_EQ(bench.events[0].params().at("marking"), "机密★");
  EXPECT_EQ(bench.events[0].params().at("octets"), "42");
  pass(15s);
  ASSERT_EQ(bench.events.size(), 2U);
  EXPECT_EQ(bench.events[1].params().at("count"), "4");
  EXPECT_EQ(bench.facts["egress.clipboard.marked"], "5");
  says(Selection::primary, ClipboardReason::unreadable, ClipboardOutcome::observed, "picture");
  says(Selection::primary, ClipboardReason::idle, ClipboardOutcome::cleared, "");
  ASSERT_EQ(bench.events.size(), 4U);
  EXPECT_EQ(bench.events[2].type(), "egress.clipboard.unreadable");
  EXPECT_EQ(bench.events[2].result(), "observed");
  EXPECT_EQ(bench.events[2].params().at("reason"), "picture");
  EXPECT_EQ(bench.events[3].type(), "egress.clipboard.cleared");
  EXPECT_EQ(bench.events[3].params().at("reason"), "idle");
}
TEST_F(EgressClipboardTest, a_watcher_that_ends_is_told_and_comes_back) {
  ASSERT_TRUE(use(v1::ENFORCE));
  machine.theirs.reset();
  hear();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"egress.clipboard.lost"});
  EXPECT_EQ(bench.facts["egress.clipboard"], "ended");
  EXPECT_FALSE(clipboard.holds());
  pass(EgressClipboard::kFirstWait);
  EXPECT_EQ(machine.starts, 2);
  EXPECT_TRUE(clipboard.holds());
  machine.say(ClipboardNews::Kind::trouble, "the X server has gone");
  hear();
  EXPECT_EQ(bench.events.back().params().at("reason"), "the X server has gone");
  EXPECT_EQ(bench.events.size(), 2U);
}
TEST_F(EgressClipboardTest, one_that_was_stopped_is_found_by_its_silence) {
  ASSERT_TRUE(use(v1::ENFORCE));
  for (int i = 0; i < 10; ++i) pass(EgressClipboard::kAskEvery);
  EXPECT_EQ(machine.starts, 1);
  for (int i = 0; i < 3; ++i) {
    bench.ahead += EgressClipboard::kAskEvery;
    clipboard.tick();
  }
  EXPECT_EQ(bench.types(), std::vector<std::string>{"egress.clipboard.lost"});
  EXPECT_EQ(bench.events[0].params().at("reason"), "silent");
}
TEST_F(EgressClipboardTest, without_a_display_it_is_told_once_after_a_while) {
  machine.display = false;
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(bench.facts["egress.clipboard"], "no display");
  EXPECT_FALSE(clipboard.holds());
  pass(30s);
  EXPECT_TRUE(bench.events.empty()) << "a screen comes up after the agent";
  for (int i = 0; i < 5; ++i) pass(30s);
  EXPECT_EQ(bench.types(), std::vector<std::string>{"egress.clipboard.lost"});
  machine.display = true;
  pass(30s);
  EXPECT_EQ(bench.facts["egress.clipboard"], "watched");
  EXPECT_TRUE(clipboard.holds());
}

}  // namespace
}  // namespace kw::agent
