// The agent's road, both of its processes, against a scripted platform over real TLCP on loopback: admit, obey, watch,
// act, remember, release.
#include <boost/asio/detached.hpp>

#include "agent/testing/two_processes.h"
#include "platform/recorded/recorded_ruleset.h"
#include "platform/recorded/recorded_sensor.h"
#include "witness/cosignature.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::GuardRun;
using testing::KioskSide;
using testing::must;
using testing::PlatformSide;
using testing::ScriptedPlatform;

std::vector<device::Observation> good_network() {
  using enum device::Change;
  return {device::LinkObserved{present, 1, "lo", "loopback", "00:00:00:00:00:00", "", true},
          device::LinkObserved{present, 2, "eth0", "ether", "02:4b:57:00:10:10", "", true},
          device::AddressObserved{present, 2, "eth0", "198.18.10.10/24", false},
          device::RouteObserved{present, "default", "198.18.10.1", "eth0"},
          device::NeighbourObserved{present, "198.18.10.1", "02:4b:57:00:10:01", "eth0"}};
}

device::PacketLogged illegal_packet(const Clock& clock) {
  device::PacketLogged out;
  out.tag = "kw:illegal:";
  out.protocol = "tcp";
  out.source = "198.18.10.10";
  out.destination = "203.0.113.5";
  out.destination_port = 443;
  out.interface = "eth0";
  out.process = "curl";
  out.packet_steady = clock.steady();
  return out;
}

/// A section that proposes what it sees at each start and takes what was approved.
struct Learner final : device::Defence {
  explicit Learner(std::vector<std::uint64_t>& to) : revisions(to) {}
  [[nodiscard]] std::string_view section() const noexcept override { return "interfaces"; }
  Result<> start(device::DefenceHost& host) override {
    host.propose("interfaces", copy(bytes_of("seen")));
    return {};
  }
  Result<> configure(const v1::PolicyBundle& policy) override {
    static_cast<void>(policy);
    return {};
  }
  Result<> baseline(const v1::Baseline& baseline) override {
    revisions.push_back(baseline.revision());
    return {};
  }
  void stop() override {}
  std::vector<std::uint64_t>& revisions;
};

struct RoadTest : ::testing::Test {
  asio::io_context io{1};
  PlatformSide side;
  KioskSide kiosk{side};
  ScriptedPlatform server{io, side};
  platform::RecordedRuleset ruleset;
  platform::RecordedSensor sensor{"recorded", good_network()};
  std::unique_ptr<GuardRun> run;
  std::vector<std::uint64_t> learnt;  // revisions that the section was handed

  void SetUp() override { server.open(); }
  void TearDown() override {
    server.on_heartbeat = {};  // what a test's script points at is gone by now
    end();
    server.stop();
    io.restart();
    io.run_for(200ms);
  }
  void start(bool watching = false) {
    std::vector<std::unique_ptr<device::Defence>> parts;
    parts.push_back(std::make_unique<Learner>(learnt));
    run = std::make_unique<GuardRun>(io, side, kiosk, watching ? nullptr : &ruleset, sensor, server.port(),
                                     GuardFacts{}, std::move(parts));
  }
  void end() {
    if (!run) return;
    bool ended = false;
    run->keeper.stop(5s, [&] { ended = true; });
    EXPECT_TRUE(until([&] { return ended; }));
    run->guard.stop();
    run.reset();
  }
  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return condition();
  }
  /// beating does not wait for the next second's heartbeat.
  bool beating(const std::function<bool()>& condition) {
    std::size_t seen = 0;
    return until([&] {
      if (server.beats.size() != seen) run->link().link.beat_now();  // goes when the last one was answered
      seen = server.beats.size();
      return condition();
    });
  }
  void obey(std::uint64_t revision = 1, v1::Mode mode = v1::ENFORCE) {
    ASSERT_TRUE(until([&] { return run->linked(); }));
    const auto before = server.policy_reports.size();
    server.push_policy(side.bundle(kiosk.device, revision, mode));
    ASSERT_TRUE(until([&] { return server.policy_reports.size() > before; }));
    ASSERT_EQ(server.policy_reports.back().outcome(), "applied") << server.policy_reports.back().reason();
  }
  std::string status() { return run->starter.current ? run->link().guard.status_json(0) : std::string(); }
  bool shows(std::string_view part) { return status().find(part) != std::string::npos; }
  void violate() { sensor.play(illegal_packet(side.clock)); }
};

TEST_F(RoadTest, IsAdmittedWithAReportThatBindsTheChannel) {
  start();
  ASSERT_TRUE(until([&] { return server.beats.size() >= 2; })) << "heartbeats go on";
  EXPECT_EQ(server.faults, "");
  EXPECT_EQ(server.admission->device_id(), copy_text(kiosk.device.bytes()));
  EXPECT_EQ(server.admission->mac(), "02:4b:57:00:10:10");
  EXPECT_EQ(server.admission->address(), "127.0.0.1");
  EXPECT_TRUE(until([&] { return server.count("agent.started") == 1; }));
  EXPECT_GT(server.beats.front().facts_size(), 0);
}

TEST_F(RoadTest, WhatAProgramWantsOfTheVaultIsAskedAndAnswered) {
  start();
  ASSERT_TRUE(until([&] { return run->linked(); }));
  v1::VaultRequest request;
  request.set_session_id(std::string(16, 's'));
  request.set_span_id(std::string(8, 'p'));
  request.mutable_get()->set_case_id(std::string(16, 'c'));
  server.on_vault = [](const v1::VaultRequest& asked) {
    v1::VaultAnswer out;
    out.set_span_id(asked.span_id());
    out.set_outcome("answered");
    out.add_cases()->set_case_id(asked.get().case_id());
    return out;
  };
  std::optional<v1::VaultAnswer> answer;
  run->link().link.business().vault(request, 10s, [&](v1::VaultAnswer came) { answer = std::move(came); });
  ASSERT_TRUE(until([&] { return answer.has_value(); }));
  EXPECT_EQ(answer->outcome(), "answered");
  EXPECT_EQ(answer->cases(0).case_id(), std::string(16, 'c'));
  server.on_vault = [](const v1::VaultRequest& asked) {
    v1::VaultAnswer out;
    out.set_span_id(asked.span_id());
    out.set_outcome("because");
    return out;
  };
  answer.reset();
  run->link().link.business().vault(request, 10s, [&](v1::VaultAnswer came) { answer = std::move(came); });
  ASSERT_TRUE(until([&] { return answer.has_value(); }));
  EXPECT_EQ(answer->outcome(), "link_lost") << "a platform that speaks otherwise is none";
}

TEST_F(RoadTest, CutsAtTheFirstIllegalPacketAndTellsThePlatform) {
  start();
  obey();
  violate();
  ASSERT_TRUE(until([&] { return server.count("net.outbound.illegal") == 1 && server.count("net.cut") == 1; }));
  EXPECT_TRUE(ruleset.read_back("inet", "kioskward_cut"));
  const auto* illegal = server.find("net.outbound.illegal");
  EXPECT_EQ(illegal->params().at("destination"), "203.0.113.5");
  EXPECT_EQ(illegal->case_id().size(), 16U);
  EXPECT_EQ(server.find("net.cut")->case_id(), illegal->case_id());
  ASSERT_TRUE(until([&] { return server.beats.back().state() == v1::CUT; }));
  EXPECT_EQ(server.beats.back().case_id(), illegal->case_id());

  const auto order = side.order(kiosk.device, v1::RELEASE, bytes_of(illegal->case_id()));
  server.push_order(order);
  ASSERT_TRUE(until([&] { return server.order_reports.size() == 1; }));
  EXPECT_EQ(server.order_reports[0].outcome(), "done") << server.order_reports[0].reason();
  EXPECT_TRUE(until([&] { return server.count("net.released") == 1 && server.beats.back().state() == v1::NORMAL; }));
  EXPECT_FALSE(ruleset.read_back("inet", "kioskward_cut"));

  violate();
  ASSERT_TRUE(until([&] { return server.count("net.cut") == 2; }));
  server.push_order(order);  // replayed
  ASSERT_TRUE(until([&] { return server.order_reports.size() == 2 && server.count("order.refused") == 1; }));
  EXPECT_EQ(server.order_reports[1].reason(), "replayed");
  EXPECT_TRUE(ruleset.read_back("inet", "kioskward_cut"));
}

TEST_F(RoadTest, AReleaseWhileTheViolationStandsCutsAgainUnderANewCase) {
  start();
  obey();
  auto bad = good_network();
  bad.emplace_back(device::LinkObserved{device::Change::present, 9, "tun0", "tun", "", "", true});
  sensor.set_state(bad);
  auto added = std::get<device::LinkObserved>(bad.back());
  added.change = device::Change::added;
  sensor.play(added);
  ASSERT_TRUE(until([&] { return server.count("net.cut") == 1; }));
  const auto first = server.find("net.cut")->case_id();
  server.push_order(side.order(kiosk.device, v1::RELEASE, bytes_of(first)));
  ASSERT_TRUE(until([&] { return server.count("net.cut") == 2; }));
  EXPECT_NE(server.stored.rbegin()->second.case_id(), first);
  EXPECT_TRUE(ruleset.read_back("inet", "kioskward_cut"));
}

TEST_F(RoadTest, RefusesWrongBundlesReportsThemAndKeepsTheGoodOne) {
  start();
  obey(5);
  auto forged = side.bundle(kiosk.device, 9);
  forged.mutable_payload()->back() ^= 1;
  const std::vector<std::pair<v1::Signed, std::string>> wrong{
      {side.bundle(kiosk.device, 4), "older_revision"},
      {side.bundle(DeviceId::make(side.clock.now(), side.random), 9), "wrong_device"},
      {forged, "bad_signature"}};
  for (const auto& [bundle, reason] : wrong) {
    const auto before = server.count("policy.refused");
    server.push_policy(bundle);
    ASSERT_TRUE(until([&] { return server.count("policy.refused") == before + 1; })) << reason;
    EXPECT_EQ(server.stored.rbegin()->second.params().at("reason"), reason);
    EXPECT_EQ(server.stored.rbegin()->second.params().at("in_force"), "5");
  }
  EXPECT_TRUE(until([&] { return server.beats.back().policy_revision() == 5; }));
}

TEST_F(RoadTest, ABaselineIsProposedApprovedKeptAndHandedOutAgain) {
  start();
  ASSERT_TRUE(until([&] { return server.proposals.size() == 1; }));
  EXPECT_EQ(server.proposals[0].content(), "seen");
  EXPECT_EQ(server.proposals[0].digest(), copy_text(crypto::sm3(bytes_of("seen"))));
  const auto push = [&](std::uint64_t revision) {
    const auto before = server.baseline_reports.size();
    server.push_baseline(side.baseline(kiosk.device, "interfaces", revision, "seen"));
    EXPECT_TRUE(until([&] { return server.baseline_reports.size() > before; }));
    return server.baseline_reports.back();
  };
  EXPECT_EQ(push(2).outcome(), "applied");
  const auto older = push(1);
  EXPECT_EQ(older.outcome(), "refused");
  EXPECT_EQ(older.reason(), "older_revision");
  EXPECT_EQ(older.revision(), 1U);
  EXPECT_TRUE(until([&] { return server.count("baseline.applied") == 1 && server.count("baseline.refused") == 1; }));
  end();
  start();
  EXPECT_EQ(learnt, (std::vector<std::uint64_t>{2, 2})) << "from the disk, before any policy";
  ASSERT_TRUE(until([&] { return run->linked(); }));
  EXPECT_EQ(push(1).reason(), "older_revision") << "after a restart too";
  EXPECT_EQ(learnt.size(), 2U);
}

TEST_F(RoadTest, WitnessesTheLedgerAndRefusesAForgedCheckpoint) {
  side.log_entry("one");
  v1::HeartbeatAck script;
  *script.mutable_checkpoint() = side.checkpoint();
  server.on_heartbeat = [&](const v1::Heartbeat&) { return script; };
  start();
  ASSERT_TRUE(beating([&] { return !server.beats.empty() && server.beats.back().seen().size() == 1; }));

  for (const auto* entry : {"two", "three", "four", "five"}) side.log_entry(entry);
  server.on_heartbeat = [&](const v1::Heartbeat& beat) {
    v1::HeartbeatAck ack;
    *ack.mutable_checkpoint() = side.checkpoint();
    ledger::proof_to_wire(must(ledger::consistency_proof(beat.seen().size(), side.tiles.frontier().size(), side.tiles)),
                          *ack.mutable_consistency());
    return ack;
  };
  ASSERT_TRUE(beating([&] { return server.beats.back().seen().size() == 5; }));
  EXPECT_EQ(server.count("ledger.witness.refused"), 0U);

  PlatformSide rewritten;  // another history, signed by another key; and the right key over another history
  rewritten.ledger = side.ledger;
  for (int i = 0; i < 9; ++i) rewritten.log_entry("other");
  server.on_heartbeat = [&](const v1::Heartbeat&) {
    v1::HeartbeatAck ack;
    *ack.mutable_checkpoint() = rewritten.checkpoint();
    ledger::proof_to_wire(must(ledger::consistency_proof(5, 9, rewritten.tiles)), *ack.mutable_consistency());
    return ack;
  };
  ASSERT_TRUE(beating([&] { return server.count("ledger.witness.refused") >= 1; }));
  const auto& params = server.find("ledger.witness.refused")->params();
  EXPECT_EQ(params.at("seen_size"), "5");
  EXPECT_EQ(params.at("offered_size"), "9");
  const auto beats = server.beats.size();
  ASSERT_TRUE(beating([&] { return server.beats.size() > beats; }));
  EXPECT_EQ(server.beats.back().seen().size(), 5U) << "the old one is kept";
  EXPECT_EQ(server.count("ledger.witness.refused"), 1U) << "one event; each heartbeat says it";
  const auto refusal = must(witness::read_refusal(server.beats.back().refusal()));
  EXPECT_EQ(witness::weigh_refusal(refusal, side.ledger.public_key()), witness::Finding::forked);
  EXPECT_EQ(refusal.witness, run->link().identity.device.text());
  ASSERT_TRUE(until([&] { return run->link().guard.status_json(0).find("ledger_refused") != std::string::npos; }))
      << "on its own screen";
  end();
  start();
  ASSERT_TRUE(beating([&] { return server.beats.size() > beats + 1; }));
  EXPECT_EQ(server.beats.back().seen().size(), 5U) << "after a restart too";
  server.on_heartbeat = [&](const v1::Heartbeat&) {  // the ledger that it saw is there again
    v1::HeartbeatAck ack;
    *ack.mutable_checkpoint() = side.checkpoint();
    return ack;
  };
  ASSERT_TRUE(beating([&] { return !server.beats.back().has_refusal(); }));
}

TEST_F(RoadTest, CosignsWhatItHasStoredOnceItIsAsked) {
  side.log_entry("one");
  server.on_heartbeat = [&](const v1::Heartbeat&) {
    v1::HeartbeatAck ack;
    *ack.mutable_checkpoint() = side.checkpoint();
    ack.set_cosign(server.beats.size() == 2);
    return ack;
  };
  start();
  ASSERT_TRUE(beating([&] { return server.beats.size() >= 4; }));
  EXPECT_FALSE(server.beats[0].has_cosignature());
  int words = 0;
  for (const auto& beat : server.beats) {
    if (!beat.has_cosignature()) continue;
    ++words;
    const auto word =
        must(witness::open_cosignature(beat.cosignature(), run->link().identity.tlcp.signing_key.public_key()));
    EXPECT_EQ(word.witness, run->link().identity.device.text());
    EXPECT_EQ(word.head.size, 1U);
    EXPECT_EQ(beat.seen().size(), 1U) << "stored before it was said";
  }
  EXPECT_EQ(words, 1);
}

TEST_F(RoadTest, SendsAgainWhatWasNotAcknowledgedAndNothingTwiceAfterThat) {
  server.acknowledge = false;
  start();
  ASSERT_TRUE(until([&] { return server.count("agent.started") == 1; }));
  run->guard.on_notice_shown(std::string(32, 'a'), "browser");
  ASSERT_TRUE(until([&] { return server.count("notice.shown") == 1; }));
  const auto admissions = server.admissions;
  server.drop();
  ASSERT_TRUE(until([&] { return server.admissions > admissions && server.repeated >= 2; })) << "sent again";
  EXPECT_EQ(server.faults, "");
  server.acknowledge = true;
  server.drop();  // the platform has them committed, and says so at admission
  ASSERT_TRUE(until([&] { return server.admissions > admissions + 1 && run->link().spool->waiting() == 0; }));
  const auto repeated = server.repeated;
  end();
  start();
  ASSERT_TRUE(until([&] { return server.count("agent.started") == 2; }));
  EXPECT_EQ(server.repeated, repeated);
  std::set<std::string> ids;
  for (const auto& [sequence, event] : server.stored) EXPECT_TRUE(ids.insert(event.id()).second);
  EXPECT_EQ(server.stored.rbegin()->first, server.stored.size()) << "no gap";
}

TEST_F(RoadTest, CutsWithoutAPlatformAndReportsItLater) {
  start();
  obey();
  server.on_admission = [](const v1::AdmissionReport&) { return false; };
  server.drop();
  ASSERT_TRUE(until([&] { return !run->linked(); }));
  violate();
  ASSERT_TRUE(until([&] { return ruleset.read_back("inet", "kioskward_cut").has_value(); }));
  ASSERT_TRUE(until([&] { return run->queue.waiting() == 0; }));
  end();
  ruleset.flush_ruleset();  // a reboot
  server.on_admission = {};
  start();
  EXPECT_TRUE(run->restored.cut);
  ASSERT_TRUE(until([&] { return server.count("net.outbound.illegal") == 1; }));
  ASSERT_TRUE(until([&] { return !server.beats.empty() && server.beats.back().state() == v1::CUT; }));
  EXPECT_EQ(server.admission->state(), v1::CUT);
  EXPECT_EQ(server.admission->policy_revision(), 1U);
  EXPECT_TRUE(until([&] { return shows(R"("state":"cut")"); })) << "the notice shows it again: " << status();
}

TEST_F(RoadTest, AnInterfaceThatFlapsDoesNotStormThePlatform) {
  start();
  ASSERT_TRUE(until([&] { return run->linked(); }));
  run->starter.least_wait = 200ms;
  run->starter.end();
  ASSERT_TRUE(until([&] { return run->linked(); }));
  int asked = 0;
  server.on_admission = [&](const v1::AdmissionReport&) { return ++asked == 0; };
  server.drop();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(until([&] {
    run->link().link.wake();
    return asked >= 4;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 500ms) << "three waits lie between four connections";
}

TEST_F(RoadTest, TheLinkProcessIsShownWhatIsInForceFromTheStartAndAfterEachPolicy) {
  start();
  obey();
  const auto shown = [&] { return shows(R"("state":"normal")") && shows(R"("policy_revision":1)"); };
  EXPECT_TRUE(until(shown)) << status();
  end();
  start();
  ASSERT_TRUE(until([&] { return run->linked(); }));
  EXPECT_TRUE(until(shown)) << status();
}

TEST_F(RoadTest, ADriftIsRepairedAndReported) {
  start();
  obey();
  ruleset.flush_ruleset();
  sensor.play(device::RulesetTouched{"kioskward"});
  ASSERT_TRUE(until([&] { return server.count("policy.drift") == 1; }));
  EXPECT_EQ(server.find("policy.drift")->params().at("repaired"), "true");
  EXPECT_TRUE(ruleset.read_back("inet", "kioskward"));
}

TEST_F(RoadTest, WatchModeSaysSoAndCutsNothing) {
  start(true);
  obey();
  EXPECT_EQ(server.policy_reports.back().reason(), "watching");
  violate();
  ASSERT_TRUE(until([&] { return server.count("agent.enforcer.unavailable") == 1; }));
  EXPECT_TRUE(until([&] { return server.beats.back().state() == v1::WATCHING; }));
  EXPECT_EQ(server.count("net.cut"), 0U);
  EXPECT_TRUE(ruleset.scripts().empty());
}

TEST_F(RoadTest, AKiosksCertificateDoesNotMakeAPlatform) {
  KioskSide other(side);
  server.set_identity(other.identity().tlcp);
  start();
  EXPECT_FALSE(until([&, stop = std::chrono::steady_clock::now() + 300ms] {
                 return server.admissions > 0 || std::chrono::steady_clock::now() > stop;
               }) &&
               server.admissions > 0);
}

}  // namespace
}  // namespace kw::agent
