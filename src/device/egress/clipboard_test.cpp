#include "device/egress/clipboard.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

using namespace std::chrono_literals;

class ClipboardEngineTest : public ::testing::Test {
 protected:
  void use(bool enforce, bool always = false, bool refuse = false, std::uint32_t idle_seconds = 60) {
    engine = ClipboardEngine({enforce, always, refuse, idle_seconds, {}});
  }
  std::vector<ClipboardStep> due() {
    return engine.due(now, [this] { return ++asked, idle; });
  }
  /// Content comes, is read at once and found to be this.
  std::vector<ClipboardStep> comes(DocumentVerdict verdict, const std::string& detail = {}) {
    now += 1s;
    engine.owned(Selection::clipboard, now);
    const auto read = due();
    EXPECT_EQ(read.size(), 1U);
    EXPECT_EQ(read.at(0).what, ClipboardStep::What::read);
    engine.judged(Selection::clipboard, {verdict, detail, 12}, now);
    return due();
  }
  ClipboardEngine engine{ClipboardRules{}};
  Duration now = 100s, idle = 0s;
  int asked = 0;
};

TEST_F(ClipboardEngineTest, what_is_marked_is_cleared_and_told_with_its_rule_and_length) {
  use(true);
  const auto steps = comes(DocumentVerdict::marked, "机密★");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::clear);
  EXPECT_EQ(steps[0].news, (ClipboardNews{ClipboardNews::Kind::told, Selection::clipboard, ClipboardReason::marked,
                                          ClipboardOutcome::cleared, 12, "机密★"}));
  EXPECT_FALSE(engine.next());
}
TEST_F(ClipboardEngineTest, watching_tells_and_clears_nothing) {
  use(false);
  auto steps = comes(DocumentVerdict::marked, "机密★");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::tell);
  EXPECT_EQ(steps[0].news.outcome, ClipboardOutcome::observed);
  use(false, true);
  engine.owned(Selection::primary, now);
  steps = due();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::tell);
  EXPECT_EQ(steps[0].news.reason, ClipboardReason::always);
}
TEST_F(ClipboardEngineTest, always_is_cleared_unread) {
  use(true, true);
  engine.owned(Selection::secondary, now);
  const auto steps = due();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::clear);
  EXPECT_EQ(steps[0].news.reason, ClipboardReason::always);
  EXPECT_EQ(steps[0].news.octets, 0U);
}
TEST_F(ClipboardEngineTest, what_is_clean_goes_once_nobody_is_at_the_screen) {
  use(true);
  EXPECT_TRUE(comes(DocumentVerdict::clean).empty());
  EXPECT_EQ(engine.next(), now + 60s);
  now += 59s, idle = 300s;
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(asked, 0) << "the screen is not asked before";
  now += 1s, idle = 20s;
  EXPECT_TRUE(due().empty()) << "somebody was there 20 s ago";
  EXPECT_EQ(engine.next(), now + 40s);
  now += 40s, idle = 60s;
  const auto steps = due();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::clear);
  EXPECT_EQ(steps[0].news.reason, ClipboardReason::idle);
  EXPECT_FALSE(engine.next());
}
TEST_F(ClipboardEngineTest, what_cannot_be_read_is_policys_choice) {
  use(true, false, true);
  auto steps = comes(DocumentVerdict::unreadable, "picture");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::clear);
  EXPECT_EQ(steps[0].news.detail, "picture");
  use(true, false, false);
  steps = comes(DocumentVerdict::unreadable, "picture");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::tell);
  now += 60s, idle = 60s;
  steps = due();
  ASSERT_EQ(steps.size(), 1U) << "it goes with the user all the same";
  EXPECT_EQ(steps[0].news.reason, ClipboardReason::idle);
}
TEST_F(ClipboardEngineTest, everything_goes_with_the_user_at_a_sessions_end) {
  use(true, false, false, 0);
  EXPECT_TRUE(comes(DocumentVerdict::clean).empty());
  engine.session_ended();
  auto steps = due();
  ASSERT_EQ(steps.size(), 1U) << "the two that are empty are left alone";
  EXPECT_EQ(steps[0].what, ClipboardStep::What::clear);
  EXPECT_EQ(steps[0].news.reason, ClipboardReason::session);
  use(false);
  engine.owned(Selection::primary, now);
  engine.session_ended();
  steps = due();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].what, ClipboardStep::What::tell);
}
TEST_F(ClipboardEngineTest, two_programs_that_take_it_from_each_other_cost_a_reading_a_pause) {
  use(true);
  std::size_t read = 0;
  for (int i = 0; i < 1000; ++i) {
    now += 1ms;
    engine.owned(Selection::clipboard, now);
    read += due().size();
  }
  EXPECT_LE(read, 10U);
  ASSERT_TRUE(engine.next());
  now = *engine.next();
  EXPECT_EQ(due().size(), 1U) << "the last content is read";
}
TEST_F(ClipboardEngineTest, a_reading_that_nobody_waits_for_says_nothing) {
  use(true);
  engine.owned(Selection::clipboard, now);
  ASSERT_EQ(due().size(), 1U);
  engine.emptied(Selection::clipboard);
  engine.judged(Selection::clipboard, {DocumentVerdict::marked, "机密★", 5}, now);
  EXPECT_TRUE(due().empty());
  now += 1s;
  engine.owned(Selection::clipboard, now);
  ASSERT_EQ(due().size(), 1U);
  now += 1ms;
  engine.owned(Selection::clipboard, now);  // other content while the first was read
  engine.judged(Selection::clipboard, {DocumentVerdict::marked, "机密★", 5}, now);
  EXPECT_TRUE(due().empty());
}

TEST(ReadClipboard, judges_as_documents_are_judged_and_names_the_rule_alone) {
  const std::vector<std::string> words{"内部资料"};
  auto reading = read_clipboard(bytes_of("前言 机密★10年 后语"), words);
  EXPECT_EQ(reading.verdict, DocumentVerdict::marked);
  EXPECT_EQ(reading.detail, "机密★") << "the period is the document's own";
  EXPECT_EQ(reading.octets, bytes_of("前言 机密★10年 后语").size());
  EXPECT_EQ(read_clipboard(bytes_of("<b>内部</b>资料"), words).detail, "内部资料");
  EXPECT_EQ(read_clipboard(bytes_of("机密"), words).verdict, DocumentVerdict::clean);
  EXPECT_EQ(read_clipboard(Bytes(kMostClipboard + 1, 'a'), words).detail, "too large");
}

TEST(ClipboardMessages, come_back_as_they_were) {
  const ClipboardRules rules{true, false, true, 90, {"内部资料", "for nobody"}};
  EXPECT_EQ(parse_clipboard_rules(clipboard_rules_text(rules)).value(), rules);
  const ClipboardNews told{ClipboardNews::Kind::told, Selection::primary, ClipboardReason::unreadable,
                           ClipboardOutcome::failed, 7, "owner is silent"};
  EXPECT_EQ(parse_clipboard_news(clipboard_news_text(told)).value(), told);
  EXPECT_EQ(parse_clipboard_news("alive\n")->kind, ClipboardNews::Kind::alive);
  for (const auto* bad : {"", "alive", "told\n", "told clipboard marked cleared x y\n", "alive 1\n", "alive\nalive\n"})
    EXPECT_EQ(parse_clipboard_news(bad).code(), Errc::malformed) << bad;
  for (const auto* bad : {"", "rules 1 1 1 1", "rules 1 2 1 1\n", "rules 1 1 1\n", "rules 1 1 1 x\n", "rules 1 1 1 1\n\n"})
    EXPECT_EQ(parse_clipboard_rules(bad).code(), Errc::malformed) << bad;
  EXPECT_EQ(parse_clipboard_rules(std::string(kMostClipboardText + 1, 'a')).code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::device
