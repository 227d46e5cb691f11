#include "device/drill/report.h"

#include <gtest/gtest.h>

#include "device/drill/boundary.h"

namespace kw::device {
namespace {

v1::DrillReport some_report() {
  DrillTally tally;
  tally.searched("memory", 1000, 3);
  tally.searched("memory", 24);
  tally.found("memory", v1::DrillPlanting::BODY, "812 kioskward-link", 4096, false);
  tally.found("memory", v1::DrillPlanting::BODY, "812 kioskward-link", 8192, true);
  tally.not_searched("blocks", "no device");
  tally.not_searched("blocks", "io");
  auto out = tally.report();
  auto& planted = *out.add_plantings();
  planted.set_canary(v1::DrillPlanting::BODY);
  planted.set_planted(true);
  auto& not_planted = *out.add_plantings();
  not_planted.set_canary(v1::DrillPlanting::VALUE);
  not_planted.set_reason("not offered");
  return out;
}

TEST(DrillReport, a_person_reads_a_table) {
  EXPECT_EQ(drill_table(some_report()),
            "place          parts          octets   hits  not searched\n"
            "memory             4            1024      2  -\n"
            "blocks             0               0      0  2: no device\n"
            "canary body            planted\n"
            "canary value           not planted: not offered\n"
            "FOUND  body            memory, 812 kioskward-link, at 4096\n"
            "FOUND  body            memory, 812 kioskward-link, at 8192, UTF-16\n");
}
TEST(DrillReport, the_ledger_gets_one_entry_and_an_alarm_for_what_was_found) {
  const auto events = drill_events(some_report(), "ab");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type(), "privacy.drill.done");
  EXPECT_EQ(events[0].result(), "failed");
  EXPECT_EQ(events[0].params().at("searched"), "memory 1024/2, blocks 0/0");
  EXPECT_EQ(events[0].params().at("not_searched"), "blocks 2 (no device)");
  EXPECT_EQ(events[0].params().at("not_planted"), "value (not offered)");
  EXPECT_EQ(events[0].params().at("digest"), "ab");
  EXPECT_EQ(events[1].type(), "privacy.drill.found");
  EXPECT_EQ(events[1].params().at("part"), "812 kioskward-link");
  EXPECT_EQ(events[1].params().at("count"), "2");
  EXPECT_EQ(drill_events({}, "")[0].result(), "success");
}
TEST(DrillReport, hits_are_bounded_and_counted) {
  DrillTally tally;
  for (int i = 0; i < 1000; ++i)
    tally.found("memory", v1::DrillPlanting::CACHE, "process " + std::to_string(i), 0, false);
  const auto report = tally.report();
  EXPECT_EQ(report.hits_size(), kMostDrillHits);
  EXPECT_EQ(report.hits_in_all(), 1000U);
  EXPECT_EQ(drill_events(report, "").size(), kMostFound + 1);
  EXPECT_NE(drill_table(report).find("and 936 more"), std::string::npos);
}
TEST(DrillBoundary, what_is_said_is_checked_once) {
  v1::DrillCommand command;
  command.mutable_task()->set_guard(17);
  command.mutable_task()->add_users("kiosk");
  EXPECT_TRUE(parse_drill_command(encode_drill(command)));
  command.mutable_task()->add_caches("relative");
  EXPECT_EQ(parse_drill_command(encode_drill(command)).code(), Errc::malformed);
  EXPECT_EQ(parse_drill_command(encode_drill(v1::DrillCommand())).code(), Errc::malformed);
  v1::DrillNews news;
  *news.mutable_report() = some_report();
  EXPECT_TRUE(parse_drill_news(encode_drill(news)));
  news.mutable_report()->mutable_hits(0)->set_part(std::string(65, 'x'));
  EXPECT_EQ(parse_drill_news(encode_drill(news)).code(), Errc::malformed);
  EXPECT_FALSE(parse_drill_news(Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace kw::device
