#include "window/notice_view.h"

#include <gmock/gmock.h>

#include "window/notice_main.h"

namespace kw::window {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kCut =
    R"({"state":"cut","case":"0a0b","cause":"net.outbound.illegal","reason_zh":"违规","reason_en":"illegal",)"
    R"("since":"2026-11-23T08:15:30Z","phone":"0755-1234","shown":false})";

std::string all(const std::vector<Line>& lines) {
  std::string out;
  for (const auto& line : lines) out += line.text + "\n";
  return out;
}

TEST(NoticeView, SaysWhatTheAgentSays) {
  const auto view = parse_state(kCut);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->cut);
  EXPECT_FALSE(view->shown);
  const auto text = all(lines_of(*view, "2026-11-23 16:15:30"));
  for (const auto* part : {"已断网", "Network cut off", "原因：违规", "Reason: illegal", "2026-11-23 16:15:30", "0a0b",
                           "0755-1234"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(NoticeView, WithoutAPhoneThereIsNoLineForOne) {
  auto view = parse_state(kCut).value();
  view.phone.clear();
  EXPECT_THAT(all(lines_of(view, "")), ::testing::Not(HasSubstr("Custodian")));
}

TEST(NoticeView, NothingIsSaidInNormalTimes) {
  for (const auto* state : {"normal", "watching", "whatever comes"}) {
    const auto view = parse_state(std::string(R"({"state":")") + state + "\"}");
    ASSERT_TRUE(view) << state;
    EXPECT_TRUE(lines_of(*view, "").empty()) << state;
  }
}

TEST(NoticeView, AStripSaysThatTheCameraIsViewed) {
  const auto view = parse_state(R"({"state":"normal","watched":true})");
  ASSERT_TRUE(view);
  EXPECT_THAT(all(strip_of(*view)), HasSubstr("摄像头"));
  EXPECT_TRUE(lines_of(*view, "").empty());
  EXPECT_TRUE(strip_of(*parse_state(R"({"state":"normal"})")).empty());
}

TEST(NoticeView, AStripSaysThatTheLedgerIsRefusedAndHidesNoOtherWord) {
  const auto view = parse_state(R"({"state":"normal","ledger_refused":true})");
  ASSERT_TRUE(view);
  EXPECT_THAT(all(strip_of(*view)), HasSubstr("审计账本"));
  const auto both = parse_state(R"({"state":"normal","watched":true,"ledger_refused":true})");
  ASSERT_TRUE(both);
  EXPECT_THAT(all(strip_of(*both)), AllOf(HasSubstr("摄像头"), HasSubstr("审计账本")));
}

TEST(NoticeView, WhatIsNoStateIsRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"state":1})", R"({"state":"cut"})", R"({"state":"cut","shown":false})", "{\"state\":\"cut\""})
    EXPECT_EQ(parse_state(text).code(), Errc::malformed) << text;
  std::string wrong(kCut);
  wrong.replace(wrong.find("2026"), 4, "yyyy");
  EXPECT_FALSE(parse_state(wrong));
  EXPECT_EQ(parse_state(std::string(70'000, ' ')).code(), Errc::too_large);
}

TEST(NoticeView, LongWordsAreBounded) {
  std::string text(kCut);
  text.replace(text.find("0755-1234"), 9, std::string(5000, '7'));
  EXPECT_EQ(parse_state(text)->phone.size(), 256u);
}

TEST(AgentOf, TakesABrowsersOptions) {
  const auto agent = agent_of({"--kiosk", "--app=http://127.0.0.1:8670/", "--user-data-dir=/tmp/x"});
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->host, "127.0.0.1");
  EXPECT_EQ(agent->port, 8670);
  EXPECT_EQ(agent_of({"--app=http://[::1]:8670"})->host, "::1");
}

TEST(AgentOf, AsksNobodyElse) {
  for (const auto* word : {"", "--kiosk", "--app=http://198.18.10.20:80/", "--app=http://127.0.0.1/", "--app=https://127.0.0.1:1/",
                           "--app=http://127.0.0.1:0/", "--app=http://localhost.example:8670/"})
    EXPECT_FALSE(agent_of({word})) << word;
}

}  // namespace
}  // namespace kw::window
