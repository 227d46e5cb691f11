#include "agent/defence/egress_place.h"

#include <gtest/gtest.h>

#include "agent/testing/defence_bench.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_place.h"

namespace kw::agent {
namespace {

using namespace device;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kHome = "02:4b:57:00:10:01", kElsewhere = "02:66:66:66:66:66";

class EgressPlaceTest : public ::testing::Test {
 protected:
  EgressPlaceTest() {
    auto wire = std::make_unique<platform::RecordedPlaceWire>();
    auto position = std::make_unique<platform::RecordedPosition>();
    machine = wire.get();
    receiver = position.get();
    place = std::make_unique<EgressPlace>(EgressPlace::Ports{std::move(wire), std::move(position)});
    place->start(bench);
    place->observe(AddressObserved{Change::present, 2, "eth0", "198.18.10.10/24", false});
    bundle.mutable_network()->mutable_interface()->set_name("eth0");
    bundle.mutable_network()->mutable_interface()->set_mac("02:4b:57:00:10:10");
    bundle.mutable_network()->mutable_interface()->set_address("198.18.10.10/24");
    bundle.mutable_network()->mutable_interface()->set_gateway("198.18.10.1");
    auto& policy = *bundle.mutable_egress();
    for (const auto mark : {v1::GATEWAY, v1::NEIGHBOUR, v1::RANGE}) policy.add_judged(mark);
    policy.set_guard_address(true);
  }
  ~EgressPlaceTest() override { place->stop(); }
  Result<> use(v1::Mode mode) {
    bundle.mutable_egress()->set_mode(mode);
    return place->configure(bundle);
  }
  void pass(int ticks = 1) {
    for (int i = 0; i < ticks; ++i) {
      bench.ahead += seconds(1);
      if (answering && !machine->sent.empty()) answer(*answering);
      machine->sent.clear();
      place->tick();
    }
  }
  void arrives(const Bytes& frame) {
    machine->arrives(frame);
    const auto at = bench.watched.find(machine->descriptor());
    if (at == bench.watched.end()) return;
    const auto ready = at->second;  // it may end its own watch
    ready();
  }
  static std::string digits(std::string mac) {
    std::erase(mac, ':');
    return mac;
  }
  void answer(const std::string& mac, const std::string& address = "c6120a01") {
    arrives(from_hex("024b57001010" + digits(mac) +
                     "0806"
                     "0001080006040002" +
                     digits(mac) + address +
                     "024b57001010"
                     "c6120a0a")
                .value());
  }
  void lldp(const std::string& port = "41") {
    arrives(from_hex("0180c200000e"
                     "02005e000001"
                     "88cc"
                     "0207"
                     "0402005e000001"
                     "0402"
                     "05" +
                     port +
                     "0602"
                     "0078"
                     "0000")
                .value());
  }
  void approve() {
    v1::Baseline approved;
    const auto& [section, content] = bench.proposals.at(0);
    approved.set_section(section);
    approved.set_content(copy_text(content));
    ASSERT_TRUE(place->baseline(approved));
  }
  /// The kiosk has learnt its place, and it is approved.
  void settle(v1::Mode mode) {
    answering = kHome;
    ASSERT_TRUE(use(mode));
    pass(3);
    lldp();
    pass(50);
    ASSERT_EQ(bench.proposals.size(), 1U);
    approve();
    ASSERT_EQ(bench.facts["egress.place"], "home");
    ASSERT_TRUE(bench.events.empty());
  }
  testing::DefenceBench bench;
  platform::RecordedPlaceWire* machine = nullptr;
  platform::RecordedPosition* receiver = nullptr;
  std::optional<std::string> answering;
  ::kioskward::v1::PolicyBundle bundle;
  std::unique_ptr<EgressPlace> place;
};

TEST_F(EgressPlaceTest, the_place_is_learnt_once_it_stays_the_same) {
  settle(v1::WATCH);
  const auto learnt = egress_baseline_of(bench.proposals[0].second);
  ASSERT_TRUE(learnt);
  EXPECT_EQ(learnt->gateways(0), kHome);
  EXPECT_EQ(learnt->neighbours(0).chassis(), "mac 02:00:5e:00:00:01");
  EXPECT_EQ(learnt->ranges(0), "198.18.10.0/24");
  EXPECT_FALSE(learnt->has_position());
  EXPECT_EQ(bench.facts["egress.place.match"], "gateway same, neighbour same, range same");
  EXPECT_EQ(bench.facts["egress.place.neighbour"], "mac 02:00:5e:00:00:01 A");
  pass(200);
  EXPECT_EQ(bench.proposals.size(), 1U);
}
TEST_F(EgressPlaceTest, another_gateway_is_another_place_and_isolates) {
  settle(v1::ENFORCE);
  place->observe(LinkObserved{Change::changed, 2, "eth0", "ether", "", "", false});
  answering = kElsewhere;
  pass(4);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"egress.place.changed"});
  const auto& event = bench.events[0];
  EXPECT_EQ(event.result(), "blocked");
  EXPECT_EQ(event.params().at("mark"), "gateway");
  EXPECT_EQ(event.params().at("bound"), kHome);
  EXPECT_EQ(event.params().at("observed"), kElsewhere);
  EXPECT_EQ(event.case_id().size(), 16U);
  EXPECT_EQ(bench.cuts, std::vector<std::string>{"egress.place.changed"});
  EXPECT_FALSE(place->holds());
  EXPECT_EQ(bench.facts["egress.place"], "relocated");
  EXPECT_EQ(bench.facts["egress.place.match"], "gateway different, neighbour unknown, range same");

  place->released();
  pass(4);
  EXPECT_EQ(bench.cuts.size(), 2U) << "a release elsewhere isolates again";

  answering = kHome;
  pass(15);
  EXPECT_EQ(bench.types().back(), "egress.place.home");
  EXPECT_TRUE(place->holds());
  EXPECT_EQ(bench.proposals.size(), 1U) << "a new place does not propose itself";
}
TEST_F(EgressPlaceTest, without_a_cable_out_the_next_round_tells) {
  settle(v1::ENFORCE);
  answering = kElsewhere;
  pass(14);
  EXPECT_EQ(bench.cuts.size(), 1U);
}
TEST_F(EgressPlaceTest, one_more_voice_is_no_other_place) {
  settle(v1::ENFORCE);
  for (int i = 0; i < 60; ++i) {
    if (!machine->sent.empty()) answer(kElsewhere);
    pass();
  }
  lldp("42");
  pass();
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_EQ(bench.facts["egress.place.gateway"], kHome + ", " + kElsewhere);
}
TEST_F(EgressPlaceTest, another_switch_port_is_another_place) {
  settle(v1::ENFORCE);
  place->observe(LinkObserved{Change::changed, 2, "eth0", "ether", "", "", false});
  lldp("42");
  pass();
  ASSERT_EQ(bench.cuts.size(), 1U);
  EXPECT_EQ(bench.events[0].params().at("observed"), "mac 02:00:5e:00:00:01 B");
}
TEST_F(EgressPlaceTest, watch_tells_and_never_cuts) {
  settle(v1::WATCH);
  place->observe(AddressObserved{Change::removed, 2, "eth0", "198.18.10.10/24", false});
  place->observe(AddressObserved{Change::added, 2, "eth0", "10.0.0.5/8", false});
  pass(3);
  ASSERT_EQ(bench.types(), std::vector<std::string>{"egress.place.changed"});
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_TRUE(place->holds());
}
TEST_F(EgressPlaceTest, silence_is_neither_equal_nor_different) {
  settle(v1::ENFORCE);
  answering.reset();
  pass(200);  // the switch said 120 s
  EXPECT_TRUE(bench.events.empty());
  EXPECT_EQ(bench.facts["egress.place"], "unknown");
  EXPECT_EQ(bench.facts["egress.place.match"], "gateway unknown, neighbour unknown, range same");
}
TEST_F(EgressPlaceTest, silence_beyond_policy_s_patience_is_told_and_may_cut) {
  bundle.mutable_egress()->set_patience_minutes(5);
  settle(v1::ENFORCE);
  answering.reset();
  pass(500);
  ASSERT_EQ(bench.types(), (std::vector<std::string>{"egress.place.silent", "egress.place.silent"}));
  EXPECT_EQ(bench.events[0].result(), "observed");
  EXPECT_TRUE(bench.cuts.empty());
  EXPECT_TRUE(place->holds());
  bundle.mutable_egress()->set_cut_on_silence(true);
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_FALSE(bench.cuts.empty());
  EXPECT_EQ(bench.events.back().result(), "blocked");
}
TEST_F(EgressPlaceTest, a_mark_that_policy_does_not_judge_is_a_fact_alone) {
  bundle.mutable_egress()->clear_judged();
  bundle.mutable_egress()->add_judged(v1::RANGE);
  settle(v1::ENFORCE);
  answering = kElsewhere;
  pass(40);
  EXPECT_TRUE(bench.events.empty());
  EXPECT_EQ(bench.facts["egress.place.gateway"], kElsewhere);
}
TEST_F(EgressPlaceTest, a_position_outside_the_radius) {
  bundle.mutable_egress()->set_receiver("/dev/gps");
  bundle.mutable_egress()->add_judged(v1::POSITION);
  const auto fix = [&](const std::string& body) {
    unsigned sum = 0;
    for (const char c : body) sum ^= static_cast<unsigned char>(c);
    const auto octet = static_cast<Byte>(sum);
    receiver->state = copy(bytes_of("$" + body + "*" + to_hex({&octet, 1}) + "\r\n"));
  };
  fix("GNRMC,1,A,2232.5860,N,11403.4740,E,0,0,261126,,");
  answering = kHome;
  ASSERT_TRUE(use(v1::ENFORCE));
  pass(3);
  lldp();
  for (int i = 0; i < 50; ++i) fix("GNRMC,1,A,2232.5860,N,11403.4740,E,0,0,261126,,"), pass();
  ASSERT_EQ(bench.proposals.size(), 1U);
  approve();
  EXPECT_EQ(bench.facts["egress.place.position"], "22.5431000 114.0579000");
  fix("GNRMC,1,A,2232.5860,N,11403.5740,E,0,0,261126,,");  // 171 m
  pass();
  EXPECT_TRUE(bench.cuts.empty());
  fix("GNRMC,1,A,2232.5860,N,11403.6740,E,0,0,261126,,");
  pass();
  ASSERT_EQ(bench.cuts.size(), 1U);
  EXPECT_EQ(bench.events[0].params().at("mark"), "position");
  receiver->state = Result<Bytes>(fail(Errc::not_found, "receiver /dev/gps"));
  pass();
  EXPECT_NE(bench.facts["egress.place.receiver"].find("/dev/gps"), std::string::npos);
  EXPECT_FALSE(place->holds()) << "who was elsewhere and is silent now is not home";
}
TEST_F(EgressPlaceTest, somebody_else_uses_the_address) {
  settle(v1::ENFORCE);
  for (int i = 0; i < 1000; ++i) answer("02:aa:00:00:00:01", "c6120a0a");
  pass(15);
  ASSERT_EQ(bench.told("egress.address.claimed").size(), 2U) << "a storm is gathered";
  const auto& event = bench.events[0];
  EXPECT_EQ(event.params().at("how"), "arp");
  EXPECT_EQ(event.params().at("mac"), "02:aa:00:00:00:01");
  EXPECT_EQ(event.params().at("address"), "198.18.10.10");
  EXPECT_TRUE(bench.cuts.empty()) << "a neighbour cannot take the kiosk off the network";
  EXPECT_EQ(bench.facts["egress.address.claimed"], "arp 02:aa:00:00:00:01");
}
TEST_F(EgressPlaceTest, an_interface_that_went_is_listened_to_again) {
  settle(v1::ENFORCE);
  machine->there = false;
  const auto ready = bench.watched.at(machine->descriptor());
  ready();
  pass(3);
  EXPECT_FALSE(place->holds());
  machine->there = true;
  pass(30);
  EXPECT_TRUE(place->holds());
  EXPECT_TRUE(bench.events.empty());
}
TEST_F(EgressPlaceTest, learn_proposes_and_bad_baselines_change_nothing) {
  EXPECT_EQ(place->learn().code(), Errc::wrong_state);
  ASSERT_TRUE(use(v1::WATCH));
  ASSERT_TRUE(place->learn());
  EXPECT_EQ(egress_baseline_of(bench.proposals.at(0).second)->ranges_size(), 1);
  v1::Baseline bad;
  bad.set_content("\xff");
  EXPECT_EQ(place->baseline(bad).code(), Errc::malformed);
  EXPECT_EQ(bench.facts["egress.place.baseline"], "none");
}
TEST_F(EgressPlaceTest, off_hears_and_tells_nothing) {
  settle(v1::ENFORCE);
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_TRUE(bench.watched.empty());
  EXPECT_EQ(machine->descriptor(), -1);
  answering = kElsewhere;
  pass(60);
  EXPECT_TRUE(bench.events.empty());
}

}  // namespace
}  // namespace kw::agent
