// What every Sensor and every RulesetPort promises, asked of the Linux adapters and of the recorded ones alike.
#include <memory>

#include "platform/linux/namespace_fixture_test.h"
#include "platform/linux/nft_ruleset.h"
#include "platform/linux/rtnetlink_sensor.h"
#include "platform/recorded/recorded_ruleset.h"
#include "platform/recorded/recorded_sensor.h"

namespace kw::platform {
namespace {

using device::Change;
using device::LinkObserved;

// One way to make a sensor whose state holds link "before0", and to make link "after0" appear.
struct SensorDriver {
  const char* title;
  std::unique_ptr<device::Sensor> (*make)();
  void (*change)(device::Sensor&);
};
const SensorDriver kSensors[] = {
    {"Linux",
     []() -> std::unique_ptr<device::Sensor> {
       run_ok("ip link add before0 type bridge");
       return std::make_unique<RtnetlinkSensor>();
     },
     [](device::Sensor&) { run_ok("ip link add after0 type bridge"); }},
    {"Recorded",
     []() -> std::unique_ptr<device::Sensor> {
       return std::make_unique<RecordedSensor>(
           "recorded",
           std::vector<device::Observation>{LinkObserved{Change::present, 2, "before0", "bridge", "", "", false}});
     },
     [](device::Sensor& sensor) {
       dynamic_cast<RecordedSensor&>(sensor).play(LinkObserved{Change::added, 3, "after0", "bridge", "", "", false});
     }},
};

template <class Base>
std::string title(const testing::TestParamInfo<Base>& info) {
  return info.param.title;
}

class SensorContract : public NamespaceTest, public testing::WithParamInterface<SensorDriver> {};
INSTANTIATE_TEST_SUITE_P(All, SensorContract, testing::ValuesIn(kSensors), title<SensorDriver>);

auto is(Change change, const std::string& name) {
  return [=](const LinkObserved& l) { return l.change == change && l.name == name; };
}

TEST_P(SensorContract, PresentFirstThenChangesThenSilence) {
  Observed seen, again;  // outlive the sensor's thread
  const auto sensor = GetParam().make();
  EXPECT_FALSE(sensor->name().empty());
  ASSERT_TRUE(sensor->start(seen.sink()));
  EXPECT_EQ(sensor->start(seen.sink()).code(), Errc::wrong_state);
  ASSERT_TRUE(seen.wait<LinkObserved>(is(Change::present, "before0")));
  GetParam().change(*sensor);
  ASSERT_TRUE(seen.wait<LinkObserved>(is(Change::added, "after0")));
  sensor->stop();
  sensor->stop();
  ASSERT_TRUE(sensor->start(again.sink()));
  EXPECT_TRUE(again.wait<LinkObserved>(is(Change::present, "before0")));
}

TEST_P(SensorContract, SnapshotIsThePresentState) {
  const auto sensor = GetParam().make();
  const auto found = sensor->snapshot();
  ASSERT_TRUE(found);
  EXPECT_TRUE(std::any_of(found->begin(), found->end(), [](const auto& o) {
    const auto* link = std::get_if<LinkObserved>(&o);
    return link != nullptr && is(Change::present, "before0")(*link);
  }));
}

TEST_P(SensorContract, NothingIsDeliveredAfterStop) {
  Observed seen;
  const auto sensor = GetParam().make();
  ASSERT_TRUE(sensor->start(seen.sink()));
  ASSERT_TRUE(seen.wait<LinkObserved>(is(Change::present, "before0")));
  sensor->stop();
  GetParam().change(*sensor);
  EXPECT_FALSE(seen.wait<LinkObserved>(is(Change::added, "after0"), std::chrono::milliseconds(0)));
}

struct RulesetDriver {
  const char* title;
  std::unique_ptr<device::RulesetPort> (*make)();
};
const RulesetDriver kRulesets[] = {
    {"Linux", []() -> std::unique_ptr<device::RulesetPort> { return std::make_unique<NftRuleset>(); }},
    {"Recorded", []() -> std::unique_ptr<device::RulesetPort> { return std::make_unique<RecordedRuleset>(); }},
};
class RulesetContract : public NamespaceTest, public testing::WithParamInterface<RulesetDriver> {};
INSTANTIATE_TEST_SUITE_P(All, RulesetContract, testing::ValuesIn(kRulesets), title<RulesetDriver>);

constexpr auto kScript = R"(table inet kw_contract
delete table inet kw_contract
table inet kw_contract {
  counter hits {
  }
  set places {
    type ipv4_addr
    elements = { 10.0.0.1, 10.0.0.2 }
  }
  set empty {
    type ipv4_addr
  }
}
)";

TEST_P(RulesetContract, AScriptIsAppliedReadBackAndReplaced) {
  const auto ruleset = GetParam().make();
  EXPECT_EQ(ruleset->read_back("inet", "kw_contract").code(), Errc::not_found);
  ASSERT_TRUE(ruleset->apply(kScript));
  const auto first = ruleset->read_back("inet", "kw_contract");
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, testing::StartsWith("table inet kw_contract {"));
  ASSERT_TRUE(ruleset->apply(kScript));
  EXPECT_EQ(ruleset->read_back("inet", "kw_contract").value(), *first);
  const auto counters = ruleset->counters("inet", "kw_contract").value();
  ASSERT_EQ(counters.size(), 1U);
  EXPECT_EQ(counters[0].name, "hits");
  EXPECT_THAT(ruleset->set_elements("inet", "kw_contract", "places").value(),
              testing::UnorderedElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(ruleset->set_elements("inet", "kw_contract", "empty")->empty());
  ASSERT_TRUE(ruleset->apply("delete table inet kw_contract\n"));
  EXPECT_EQ(ruleset->read_back("inet", "kw_contract").code(), Errc::not_found);
}

TEST_P(RulesetContract, TheGenerationChangesWithEachTransactionAndNotByItself) {
  const auto ruleset = GetParam().make();
  const auto before = ruleset->generation().value();
  EXPECT_EQ(ruleset->generation().value(), before);
  ASSERT_TRUE(ruleset->apply(kScript));
  const auto applied = ruleset->generation().value();
  EXPECT_NE(applied, before);
  EXPECT_TRUE(ruleset->read_back("inet", "kw_contract"));
  EXPECT_TRUE(ruleset->counters("inet", "kw_contract"));
  EXPECT_EQ(ruleset->generation().value(), applied);
  ASSERT_TRUE(ruleset->apply("flush ruleset\n"));
  EXPECT_NE(ruleset->generation().value(), applied);
}

TEST_P(RulesetContract, AFaultyScriptChangesNothing) {
  const auto ruleset = GetParam().make();
  ASSERT_TRUE(ruleset->apply(kScript));
  const auto before = ruleset->read_back("inet", "kw_contract").value();
  for (const std::string bad :
       {"delete table inet kw_contract\ndelete table inet never_was\n", "table inet other {\n", "no such command\n"})
    EXPECT_EQ(ruleset->apply(bad).code(), Errc::invalid) << bad;
  EXPECT_EQ(ruleset->read_back("inet", "kw_contract").value(), before);
  EXPECT_EQ(ruleset->read_back("inet", "other").code(), Errc::not_found);
}

TEST_P(RulesetContract, WhatIsAbsentIsNotFound) {
  const auto ruleset = GetParam().make();
  EXPECT_EQ(ruleset->counters("inet", "kw_contract").code(), Errc::not_found);
  ASSERT_TRUE(ruleset->apply(kScript));
  EXPECT_EQ(ruleset->set_elements("inet", "kw_contract", "nowhere").code(), Errc::not_found);
}

TEST(RecordedRuleset, FailsOnDemandAndRemembersTheRest) {
  RecordedRuleset ruleset;
  ruleset.fail_next(Error(Errc::timeout));
  EXPECT_EQ(ruleset.apply(kScript).code(), Errc::timeout);
  ASSERT_TRUE(ruleset.apply(kScript));
  EXPECT_THAT(ruleset.scripts(), testing::ElementsAre(kScript));
  ruleset.add_element("inet", "kw_contract", "empty", "1");
  ruleset.set_counter("inet", "kw_contract", {"hits", 5, 500});
  EXPECT_THAT(ruleset.set_elements("inet", "kw_contract", "empty").value(), testing::ElementsAre("1"));
  EXPECT_EQ(ruleset.counters("inet", "kw_contract")->at(0).packets, 5U);
  ASSERT_TRUE(ruleset.apply("flush set inet kw_contract empty\n"));
  EXPECT_TRUE(ruleset.set_elements("inet", "kw_contract", "empty")->empty());
  ruleset.fail_always(Error(Errc::not_permitted));
  EXPECT_EQ(ruleset.apply(kScript).code(), Errc::not_permitted);
  EXPECT_EQ(ruleset.apply(kScript).code(), Errc::not_permitted);
}

TEST(RecordedSensor, PlaysItsScriptInOrderAndFailsOnDemand) {
  RecordedSensor sensor("s", {},
                        {LinkObserved{Change::added, 1, "a", "", "", "", false},
                         LinkObserved{Change::removed, 1, "a", "", "", "", false}});
  Observed seen;
  sensor.fail_next_start(Error(Errc::unavailable));
  EXPECT_EQ(sensor.start(seen.sink()).code(), Errc::unavailable);
  ASSERT_TRUE(sensor.start(seen.sink()));
  ASSERT_TRUE(sensor.wait_until_played(std::chrono::seconds(2)));
  const auto all = seen.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(std::get<LinkObserved>(all[0]).change, Change::added);
  EXPECT_EQ(std::get<LinkObserved>(all[1]).change, Change::removed);
}

}  // namespace
}  // namespace kw::platform
