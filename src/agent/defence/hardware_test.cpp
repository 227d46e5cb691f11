#include "agent/defence/hardware.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_hardware_port.h"

namespace kw::agent {
namespace {

using namespace device;
using Component = v1::HardwareComponent;

class HardwareDefenceTest : public ::testing::Test {
 protected:
  void SetUp() override { restart(); }
  void restart() {
    auto port = std::make_unique<platform::RecordedHardwarePort>();
    port->state.parts = machine != nullptr ? machine->state.parts
                                           : std::vector<HardwarePart>{{Component::BOARD, "board", "KB-H510", "MB-1"},
                                                                       {Component::DISK, "sda", "SSD", "S1"},
                                                                       {Component::PRINTER, "usb 1-1", "POS", "P1"}};
    port->state.missing = {"displays"};
    auto* const raw = port.get();
    defence = std::make_unique<HardwareDefence>(std::move(port));
    machine = raw;
    ASSERT_TRUE(defence->start(bench));
  }
  Result<> use(v1::Mode mode, std::initializer_list<Component::Kind> told_only = {}) {
    v1::PolicyBundle policy;
    policy.mutable_hardware()->set_mode(mode);
    policy.mutable_hardware()->add_readers("0400:c35a");
    for (const auto kind : told_only) policy.mutable_hardware()->add_told_only(kind);
    return defence->configure(policy);
  }
  void approve() {
    v1::Baseline approved;
    approved.set_content(baseline_of(machine->state).SerializeAsString());
    ASSERT_TRUE(defence->baseline(approved));
  }
  void pass(int looks = 1) {
    for (int i = 0; i < looks; ++i) {
      bench.ahead += HardwareDefence::kLookEvery;
      defence->tick();
    }
  }
  Result<> replace(const std::string& kind, const std::string& old_part, const std::string& new_part,
                   const std::string& hours = "24") {
    v1::Order order;
    order.set_order_id("0123456789abcdef");
    order.set_action("replace");
    order.set_issued_ns(bench.now().utc.unix_ns);
    auto& args = *order.mutable_args();
    args["kind"] = kind;
    args["old"] = old_part;
    args["new"] = new_part;
    args["hours"] = hours;
    return defence->order(order);
  }
  std::string& serial(std::size_t part) { return machine->state.parts.at(part).serial; }
  testing::DefenceBench bench;
  platform::RecordedHardwarePort* machine = nullptr;
  std::unique_ptr<HardwareDefence> defence;
};

TEST_F(HardwareDefenceTest, what_is_there_is_proposed_once_it_stays_the_same) {
  machine->state.parts.pop_back();
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_EQ(machine->readers, std::set<std::string>{"0400:c35a"});
  machine->state.parts.push_back({Component::PRINTER, "usb 1-1", "POS", "P1"});  // it takes its time at the boot
  pass();
  EXPECT_TRUE(bench.proposals.empty());
  pass(3);
  ASSERT_EQ(bench.proposals.size(), 1U);
  EXPECT_EQ(bench.proposals[0].first, "hardware");
  EXPECT_EQ(parts_of(bench.proposals[0].second)->size(), 3U);
  EXPECT_EQ(bench.facts["hardware.baseline"], "none");
  EXPECT_EQ(bench.facts["hardware.missing_sources"], "displays");
  EXPECT_EQ(bench.facts["hardware.disk"], "sda: SSD (S1)");
  EXPECT_EQ(bench.facts["hardware.camera"], "");
  EXPECT_EQ(bench.facts["hardware.digest"].size(), 64U);
  EXPECT_TRUE(bench.events.empty());
}
TEST_F(HardwareDefenceTest, a_swapped_disk_isolates_and_names_both_serials) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_TRUE(bench.events.empty());
  serial(1) = "S9";
  pass(3);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"hardware.part.changed"});
  const auto& event = bench.events[0];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.case_id().size(), 16U);
  EXPECT_EQ(event.params().at("bound"), "S1");
  EXPECT_EQ(event.params().at("observed"), "S9");
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"hardware.part.changed"});
  EXPECT_FALSE(defence->holds());
  EXPECT_EQ(bench.facts["hardware.deviations"], "disk sda: changed S1 to S9");
  EXPECT_TRUE(bench.proposals.empty()) << "a swap does not propose itself";
}
TEST_F(HardwareDefenceTest, a_release_over_a_standing_deviation_isolates_again) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  serial(1) = "S9";
  pass();
  defence->released();
  defence->tick();
  EXPECT_EQ(bench.cuts.size(), 2U);
  serial(1) = "S1";
  pass();
  EXPECT_EQ(bench.types().back(), "hardware.part.back");
  EXPECT_TRUE(defence->holds());
  defence->released();
  defence->tick();
  EXPECT_EQ(bench.cuts.size(), 2U);
}
TEST_F(HardwareDefenceTest, watch_tells_and_never_cuts) {
  approve();
  ASSERT_TRUE(use(v1::WATCH));
  serial(0) = "MB-2";
  pass(2);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"hardware.part.changed"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_TRUE(defence->holds());
}
TEST_F(HardwareDefenceTest, several_parts_at_once_are_one_case) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  serial(0) = "MB-2";
  serial(1) = "S9";
  pass();
  EXPECT_EQ(bench.events.size(), 2U);
  EXPECT_EQ(bench.cuts.size(), 1U);
}
TEST_F(HardwareDefenceTest, a_printer_that_is_switched_off_for_a_moment_is_no_deviation) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  const auto all = machine->state.parts;
  machine->state.parts.pop_back();
  pass(2);
  machine->state.parts = all;
  pass();
  EXPECT_TRUE(bench.events.empty());
  machine->state.parts.pop_back();
  pass(3);
  EXPECT_TRUE(bench.events.empty());
  pass();
  EXPECT_EQ(bench.cuts.size(), 1U);
}
TEST_F(HardwareDefenceTest, kinds_that_policy_only_tells_do_not_isolate) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE, {Component::PRINTER}));
  machine->state.parts.pop_back();
  pass(5);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"hardware.part.changed"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_TRUE(bench.cuts.empty());
}
TEST_F(HardwareDefenceTest, an_ordered_replacement_is_told_proposed_and_does_not_isolate) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(replace("disk", "S1", "S9"));
  serial(1) = "S9";
  restart();  // the power was off; the agent hands the baseline out that it holds
  v1::Baseline old;
  auto before = machine->state;
  before.parts.at(1).serial = "S1";
  old.set_content(baseline_of(before).SerializeAsString());
  ASSERT_TRUE(defence->baseline(old));
  ASSERT_TRUE(use(v1::ENFORCE));
  pass(2);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"hardware.part.replaced"});
  EXPECT_EQ(bench.events[0].params().at("order"), to_hex(bytes_of("0123456789abcdef")));
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_TRUE(defence->holds());
  ASSERT_EQ(bench.proposals.size(), 1U);
  EXPECT_EQ(parts_of(bench.proposals[0].second)->at(1).serial, "S9");
}
TEST_F(HardwareDefenceTest, another_part_than_ordered_isolates) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(replace("disk", "S1", "S9"));
  serial(1) = "S8";
  pass();
  EXPECT_EQ(bench.cuts.size(), 1U);
  EXPECT_TRUE(bench.proposals.empty());
}
TEST_F(HardwareDefenceTest, an_order_that_ended_covers_nothing_any_more) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(replace("disk", "S1", "S9", "1"));
  serial(1) = "S9";
  pass();
  EXPECT_TRUE(bench.cuts.empty());
  bench.clock.ahead += std::chrono::hours(1);
  pass();
  EXPECT_EQ(bench.cuts.size(), 1U);
  EXPECT_EQ(bench.types(), (std::vector<std::string>{"hardware.part.replaced", "hardware.part.changed"}));
  EXPECT_EQ(bench.facts["hardware.replacements"], "0");
}
TEST_F(HardwareDefenceTest, an_order_after_the_swap_covers_it_and_the_next_baseline_ends_it) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  serial(1) = "S9";
  pass();
  EXPECT_FALSE(defence->holds());
  ASSERT_TRUE(replace("disk", "S1", "S9"));
  EXPECT_TRUE(defence->holds());
  pass();
  EXPECT_EQ(bench.proposals.size(), 1U);
  approve();
  pass();
  EXPECT_EQ(bench.facts["hardware.deviations"], "");
  EXPECT_EQ(bench.types(),
            (std::vector<std::string>{"hardware.part.changed", "hardware.part.replaced", "hardware.part.back"}));
}
TEST_F(HardwareDefenceTest, learn_proposes_what_is_there_now) {
  approve();
  ASSERT_TRUE(use(v1::WATCH));
  serial(1) = "S9";
  v1::Order order;
  order.set_action("learn");
  ASSERT_TRUE(defence->order(order));
  ASSERT_EQ(bench.proposals.size(), 1U);
  EXPECT_EQ(parts_of(bench.proposals[0].second)->at(1).serial, "S9");
}
TEST_F(HardwareDefenceTest, bad_orders_and_bad_baselines_change_nothing) {
  EXPECT_EQ(replace("disk", "S1", "S9").code(), Errc::wrong_state) << "off";
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(replace("disc", "S1", "S9").code(), Errc::invalid);
  EXPECT_EQ(replace("disk", "S1", "S9", "never").code(), Errc::invalid);
  v1::Baseline bad;
  bad.set_content("\xff");
  EXPECT_EQ(defence->baseline(bad).code(), Errc::malformed);
  EXPECT_EQ(bench.facts["hardware.baseline"], "none");
}
TEST_F(HardwareDefenceTest, a_spoilt_file_of_replacements_permits_nothing) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(replace("disk", "S1", "S9"));
  std::ofstream(bench.state_path("hardware").value() + "/replacements") << "nonsense";
  restart();
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  serial(1) = "S9";
  pass();
  EXPECT_EQ(bench.cuts.size(), 1U);
}
TEST_F(HardwareDefenceTest, a_machine_that_tells_nothing_is_an_error_and_degraded) {
  machine->refusal = Error(Errc::not_found, "nothing");
  EXPECT_EQ(use(v1::ENFORCE).code(), Errc::not_found);
  EXPECT_FALSE(defence->holds());
  machine->refusal.reset();
  pass();
  EXPECT_TRUE(defence->holds());
}
TEST_F(HardwareDefenceTest, off_tells_nothing) {
  approve();
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(use(v1::OFF));
  serial(1) = "S9";
  pass(3);
  EXPECT_TRUE(bench.events.empty());
  EXPECT_TRUE(bench.proposals.empty());
}

}  // namespace
}  // namespace kw::agent
