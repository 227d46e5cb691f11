#include "agent/defence/outbound.h"

#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_ruleset.h"

namespace kw::agent {
namespace {

/// Somebody flushes the rules between their setting and their reading back, as often as `times` says.
struct RacedRuleset final : device::RulesetPort {
  Result<> apply(const std::string& script) override {
    auto done = kept.apply(script);
    if (times > 0) {
      --times;
      kept.flush_ruleset();
    }
    return done;
  }
  Result<std::string> read_back(const std::string& family, const std::string& table) override {
    ++reads;
    return kept.read_back(family, table);
  }
  Result<std::vector<Counter>> counters(const std::string& family, const std::string& table) override {
    return kept.counters(family, table);
  }
  Result<std::vector<std::string>> set_elements(const std::string& family, const std::string& table,
                                                const std::string& set) override {
    return kept.set_elements(family, table, set);
  }
  platform::RecordedRuleset& kept;
  Result<std::uint64_t> generation() override { return kept.generation(); }
  int times = 0, reads = 0;
  explicit RacedRuleset(platform::RecordedRuleset& to) : kept(to) {}
};

class OutboundDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(defence.start(bench)); }
  Result<> use(v1::Mode mode, bool cut_on_frames = false) {
    v1::PolicyBundle policy;
    auto& network = *policy.mutable_network();
    network.mutable_interface()->set_name("eth0");
    network.mutable_interface()->set_address("198.18.10.10/24");
    network.mutable_cut()->set_leave_platform_channel(true);
    auto& platform = *network.add_platform();
    platform.set_address("198.18.20.2");
    platform.add_ports()->set_first(8660);
    auto& section = *policy.mutable_outbound();
    section.set_mode(mode);
    section.set_end_connections(true);
    section.set_guard_frames(true);
    section.set_cut_on_frames(cut_on_frames);
    return defence.configure(policy);
  }
  void refuse_frames(std::uint64_t all) { ruleset.set_counter("netdev", "kioskward_frames", {"refused", all, 60 * all}); }
  testing::DefenceBench bench;
  platform::RecordedRuleset ruleset;
  RacedRuleset raced{ruleset};
  std::vector<std::pair<std::string, std::uint16_t>> kept;
  Result<std::size_t> ended = std::size_t{3};
  OutboundDefence defence{{&raced,
                           [this](const auto& keep) {
                             kept = keep;
                             return ended;
                           },
                           [] { return std::vector<std::string>{"scapy 4711"}; }}};
};

TEST_F(OutboundDefenceTest, refused_frames_are_told_with_who_holds_packet_sockets) {
  ASSERT_TRUE(use(v1::ENFORCE));
  defence.tick();
  EXPECT_TRUE(bench.events.empty());
  refuse_frames(2);
  defence.tick();
  defence.tick();
  refuse_frames(5);
  defence.tick();
  ASSERT_EQ(bench.types(), (std::vector<std::string>{"outbound.frames.refused", "outbound.frames.refused"}));
  EXPECT_EQ(bench.events[1].params().at("count"), "3");
  EXPECT_EQ(bench.events[0].params().at("process"), "scapy 4711");
  EXPECT_TRUE(bench.cuts.empty());
}
TEST_F(OutboundDefenceTest, a_refused_frame_cuts_where_policy_says_so) {
  ASSERT_TRUE(use(v1::ENFORCE, true));
  refuse_frames(1);
  defence.tick();
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"outbound.frames.refused"});
  EXPECT_EQ(bench.events.at(0).case_id().size(), 16U);
}
TEST_F(OutboundDefenceTest, watch_counts_and_never_cuts_or_ends) {
  ASSERT_TRUE(use(v1::WATCH, true));
  refuse_frames(1);
  defence.tick();
  defence.cut_made();
  EXPECT_EQ(bench.events.at(0).result(), "observed");
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_TRUE(kept.empty());
}
TEST_F(OutboundDefenceTest, flushed_rules_are_put_back_with_a_new_secret) {
  ASSERT_TRUE(use(v1::ENFORCE));
  const auto first = ruleset.scripts().back();
  ruleset.flush_ruleset();
  defence.tick();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"policy.drift"});
  EXPECT_NE(ruleset.scripts().back(), first);
  EXPECT_TRUE(defence.holds());
}
TEST_F(OutboundDefenceTest, rules_that_nobody_touched_are_read_again_when_a_port_changes_and_now_and_then) {
  ASSERT_TRUE(use(v1::ENFORCE));
  const int before = raced.reads;
  defence.tick();
  defence.tick();
  EXPECT_EQ(raced.reads, before);
  ASSERT_TRUE(ruleset.apply("table inet stranger {\n}\n"));
  defence.tick();
  defence.tick();
  EXPECT_EQ(raced.reads, before + 2) << "one table of each family";
  defence.observe(device::LinkObserved{device::Change::removed, 2, "eth0", "veth", "", "", false});
  defence.tick();
  EXPECT_EQ(raced.reads, before + 4);
  for (int i = 0; i < 30; ++i) defence.tick();
  EXPECT_EQ(raced.reads, before + 6);
}
TEST_F(OutboundDefenceTest, rules_flushed_before_they_were_read_back_are_put_back) {
  raced.times = 2;
  EXPECT_EQ(use(v1::ENFORCE).code(), Errc::conflict);
  EXPECT_FALSE(defence.holds());
  defence.tick();
  EXPECT_FALSE(defence.holds());
  defence.tick();
  EXPECT_TRUE(defence.holds());
  EXPECT_TRUE(ruleset.read_back("netdev", "kioskward_frames").has_value());
  EXPECT_EQ(bench.types(), std::vector<std::string>{"policy.drift"});
}
TEST_F(OutboundDefenceTest, rules_that_could_not_be_set_are_set_later) {
  ruleset.fail_next(Error(Errc::io, "nft"));
  EXPECT_EQ(use(v1::ENFORCE).code(), Errc::io);
  defence.tick();
  EXPECT_TRUE(defence.holds());
}
TEST_F(OutboundDefenceTest, what_cannot_be_put_back_is_told_once) {
  ASSERT_TRUE(use(v1::ENFORCE));
  ruleset.flush_ruleset();
  ruleset.fail_always(Error(Errc::io, "nft"));
  defence.tick();
  defence.tick();
  EXPECT_EQ(bench.types(), std::vector<std::string>{"policy.drift"});
  EXPECT_FALSE(defence.holds());
}
TEST_F(OutboundDefenceTest, a_cut_ends_connections_but_the_platforms) {
  ASSERT_TRUE(use(v1::ENFORCE));
  defence.cut_made();
  EXPECT_EQ(kept, (std::vector<std::pair<std::string, std::uint16_t>>{{"198.18.20.2", 8660}}));
  ASSERT_EQ(bench.types(), std::vector<std::string>{"outbound.connections.ended"});
  EXPECT_EQ(bench.events[0].params().at("count"), "3");
  ended = fail(Errc::unsupported, "kernel");
  defence.cut_made();
  EXPECT_EQ(bench.events[1].result(), "failed");
}
TEST_F(OutboundDefenceTest, off_removes_what_was_set) {
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_EQ(ruleset.read_back("netdev", "kioskward_frames").code(), Errc::not_found);
  defence.tick();
  EXPECT_TRUE(bench.events.empty());
}

}  // namespace
}  // namespace kw::agent
