// The two processes watch each other: each loss is noticed, told and mended, and nothing is lost or told twice.
#include "agent/testing/two_processes.h"
#include "platform/recorded/recorded_ruleset.h"
#include "platform/recorded/recorded_sensor.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::GuardRun;
using testing::KioskSide;
using testing::must;
using testing::PlatformSide;
using testing::ScriptedPlatform;

struct TwinTest : ::testing::Test {
  asio::io_context io{1};
  PlatformSide side;
  KioskSide kiosk{side};
  ScriptedPlatform server{io, side};
  platform::RecordedRuleset ruleset;
  platform::RecordedSensor sensor{"recorded", {}};
  std::unique_ptr<GuardRun> run;

  void SetUp() override { server.open(); }
  void TearDown() override {
    if (run) {
      bool ended = false;
      run->starter.refuse.reset();
      run->keeper.stop(5s, [&] { ended = true; });
      EXPECT_TRUE(until([&] { return ended; }));
      run->guard.stop();
      run.reset();
    }
    server.stop();
    io.restart();
    io.run_for(100ms);
  }
  void start(GuardFacts facts = {}) {
    run = std::make_unique<GuardRun>(io, side, kiosk, &ruleset, sensor, server.port(), std::move(facts));
    ASSERT_TRUE(until([&] { return run->linked() && server.count("agent.started") == 1; }));
  }
  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return condition();
  }
  /// The next link process speaks once (one that never did has 15 s to start) and then no more.
  void say_hello_and_fall_silent() {
    const auto starts = run->starter.starts;
    run->starter.dumb = true;
    run->starter.end();
    ASSERT_TRUE(until([&] { return run->starter.starts > starts; }));
    run->starter.dumb = false;
    v1::LinkMessage message;
    message.mutable_beat()->set_counter(1);
    const auto hello = *encode_frame(std::move(message));
    ASSERT_EQ(::write(run->starter.silent.get(), hello.data(), hello.size()), static_cast<ssize_t>(hello.size()));
  }
  bool lost(const std::string& how) {
    return std::ranges::any_of(server.stored, [&](const auto& entry) {
      return entry.second.type() == "agent.twin.lost" && entry.second.params().at("how") == how;
    });
  }
  std::map<std::string, std::string> told(const std::string& type) {
    const auto* event = server.find(type);
    if (event == nullptr) return {};
    return {event->params().begin(), event->params().end()};
  }
  using Params = std::map<std::string, std::string>;
};

TEST_F(TwinTest, AKilledLinkProcessIsReplacedAndTheLossTold) {
  start();
  run->starter.end();  // SIGKILL
  ASSERT_TRUE(until([&] { return server.count("agent.twin.lost") == 1; }));
  EXPECT_EQ(told("agent.twin.lost"), (Params{{"which", "link"}, {"how", "killed"}, {"restored", "true"}}));
  EXPECT_EQ(run->starter.starts, 2);
  EXPECT_EQ(run->keeper.state(), LinkWatch::State::together);
}

TEST_F(TwinTest, WhatHappensWhileTheLinkProcessIsGoneArrivesOnce) {
  start();
  run->starter.refuse = Error(Errc::io, "no process");
  run->starter.end();
  ASSERT_TRUE(until([&] { return run->keeper.state() == LinkWatch::State::waiting; }));
  for (int i = 0; i < 20; ++i) run->queue.record(make_event("notice.shown", "success", {{"display", "browser"}}));
  run->starter.refuse.reset();
  ASSERT_TRUE(until([&] { return server.count("notice.shown") == 20; }));
  ASSERT_TRUE(until([&] { return server.count("agent.twin.lost") >= 1; }));
  std::set<std::string> ids;
  for (const auto& [sequence, event] : server.stored) ids.insert(event.id());
  EXPECT_EQ(ids.size(), server.stored.size());
}

TEST_F(TwinTest, ASilentLinkProcessIsKilledWithinThreeSecondsAndTheCauseNamed) {
  start();
  using platform::ProcessMood;
  const std::pair<ProcessMood, std::string> rows[] = {{ProcessMood::stopped, "stopped"},
                                                      {ProcessMood::running, "starved"}};
  for (const auto& [mood, how] : rows) {
    run->starter.mood = mood;
    say_hello_and_fall_silent();
    const auto since = std::chrono::steady_clock::now();
    const auto starts = run->starter.starts;
    ASSERT_TRUE(until([&] { return run->starter.starts > starts; }));
    EXPECT_LT(std::chrono::steady_clock::now() - since, 3500ms);
    ASSERT_TRUE(until([&] { return lost(how); })) << how;
    ASSERT_TRUE(until([&] { return run->linked(); }));
  }
}

TEST_F(TwinTest, ALinkProcessThatWaitsForTheDiskIsGivenTime) {
  start();
  run->starter.mood = platform::ProcessMood::disk;
  say_hello_and_fall_silent();
  const auto starts = run->starter.starts, beats = run->beats;
  ASSERT_TRUE(until([&] { return run->beats >= beats + 10; })) << "five seconds of beats";
  EXPECT_EQ(run->starter.starts, starts);
  run->starter.mood = platform::ProcessMood::stopped;
  ASSERT_TRUE(until([&] { return run->starter.starts > starts; }));
}

TEST_F(TwinTest, ALinkProcessThatSaysWhatItMayNotIsReplaced) {
  start();
  run->starter.dumb = true;
  run->starter.end();
  ASSERT_TRUE(until([&] { return run->starter.starts == 2; }));
  run->starter.dumb = false;
  const Bytes junk{0, 0, 0, 2, 0xff, 0xff};
  ASSERT_EQ(::write(run->starter.silent.get(), junk.data(), junk.size()), static_cast<ssize_t>(junk.size()));
  ASSERT_TRUE(until([&] { return lost("confused"); }));
}

TEST_F(TwinTest, WithoutItsGuardTheLinkProcessTellsSaysItIsNotWellAndEnds) {
  start();
  // The guard dies: its end of the channel goes, and the link process stays behind.
  auto orphan = std::move(run->starter.current);
  bool exited = false;
  orphan->on_exit = [&] { exited = true; };
  run->starter.refuse = Error(Errc::io, "test");
  run->guard.stop();
  const auto beats = server.beats.size();
  run.reset();
  ASSERT_TRUE(until([&] { return server.count("agent.guard.lost") == 1; }));
  EXPECT_EQ(told("agent.guard.lost"), (Params{{"how", "killed"}}));
  ASSERT_TRUE(until([&] { return exited; })) << "it does not stay alone";
  EXPECT_EQ(orphan->end->code(), Errc::closed);
  EXPECT_TRUE(orphan->alone);
  ASSERT_GT(server.beats.size(), beats);
  EXPECT_EQ(server.beats.back().state(), v1::DEGRADED);
  EXPECT_FALSE(server.beats.back().has_liveness());
}

TEST_F(TwinTest, EveryHeartbeatCarriesTheGuardsAnswerToTheNewestNonce) {
  std::string nonce;
  server.on_heartbeat = [&](const v1::Heartbeat& beat) {
    if (!nonce.empty()) {
      const auto key = must(crypto::Sm2PublicKey::from_spki(bytes_of(server.admission->liveness_key())));
      EXPECT_TRUE(pki::verify_object(beat.liveness(), "liveness", key));
      const auto statement = must(schema::parse<v1::Liveness>(bytes_of(beat.liveness().payload()), 4096));
      EXPECT_EQ(statement.nonce(), nonce);
      EXPECT_EQ(statement.state(), beat.state());
      EXPECT_EQ(statement.device_id(), copy_text(kiosk.device.bytes()));
      EXPECT_EQ(statement.boot_id(), "boot");
    }
    nonce = copy_text(side.random.bytes(32));
    v1::HeartbeatAck ack;
    ack.set_liveness_nonce(nonce);
    return ack;
  };
  start();
  const auto before = server.beats.size();
  ASSERT_TRUE(until([&] { return server.beats.size() >= before + 2; }));
  EXPECT_FALSE(server.beats.back().liveness().payload().empty());
  server.on_heartbeat = {};
}

TEST_F(TwinTest, AGuardThatWasKilledInThisBootIsReportedOnReturnUnlessItWasTold) {
  GuardFacts facts;
  facts.killed = true;
  start(facts);
  ASSERT_TRUE(until([&] { return server.count("agent.guard.lost") == 1; }));
}

TEST_F(TwinTest, AGuardThatWasStoppedSaysSoWhenItGoesOnAndASleepingMachineDoesNot) {
  start();
  const auto calm = [&] {
    for (int i = 0; i < 3; ++i) run->guard.beat(Duration(0));
  };
  run->guard.beat(1h);  // the machine slept
  calm();
  run->guard.resumed();
  run->guard.beat(1500ms);  // stopped, but not for long
  calm();
  run->guard.resumed();
  run->guard.beat(4s);
  ASSERT_TRUE(until([&] { return server.count("agent.guard.lost") == 1; }));
  EXPECT_EQ(told("agent.guard.lost"), (Params{{"how", "stopped"}}));
  calm();
  run->guard.beat(4s);  // the late beat may come before the signal
  run->guard.resumed();
  ASSERT_TRUE(until([&] { return server.count("agent.guard.lost") == 2; }));
}

TEST_F(TwinTest, AClockThatIsSetIsToldWhateverTheSizeOfTheSteps) {
  start();
  side.clock.ahead += 1h;
  run->guard.clock_set();
  ASSERT_TRUE(until([&] { return server.count("agent.clock.stepped") == 1; }));
  EXPECT_NEAR(std::stod(told("agent.clock.stepped").at("step_ms")), 3'600'000, 1000);
  for (int i = 0; i < 20; ++i) {  // by steps too small to be told
    side.clock.ahead -= 40ms;
    run->guard.clock_set();
  }
  ASSERT_TRUE(until([&] { return server.count("agent.clock.stepped") == 2; }));
  side.clock.ahead += 10s;  // and where the kernel does not tell, the beat does
  ASSERT_TRUE(until([&] { return server.count("agent.clock.stepped") == 3; }));
}

TEST_F(TwinTest, RemovalTakesAnOrderThatAPersonBringsAndTheLinkCannotBringOne) {
  start();
  const auto order = side.order(kiosk.device, v1::UNINSTALL, {});
  server.push_order(order);
  ASSERT_TRUE(until([&] { return server.order_reports.size() == 1; }));
  EXPECT_EQ(server.order_reports[0].reason(), "wrong_state");

  EXPECT_EQ(run->guard.uninstall({}).error().detail(), "no_order");
  auto forged = order;
  forged.mutable_payload()->back() ^= 1;
  EXPECT_EQ(run->guard.uninstall(forged).error().detail(), "bad_signature");
  EXPECT_EQ(run->guard.uninstall(side.order(kiosk.device, v1::RELEASE, {})).error().detail(), "malformed");
  const auto other = DeviceId::make(side.clock.now(), side.random);
  EXPECT_EQ(run->guard.uninstall(side.order(other, v1::UNINSTALL, {})).error().detail(), "wrong_device");
  ASSERT_TRUE(until([&] { return server.count("agent.uninstall.refused") == 4; }));

  EXPECT_TRUE(run->guard.uninstall(order));
  ASSERT_TRUE(until([&] { return server.count("agent.uninstalled") == 1; }));
  EXPECT_EQ(run->guard.uninstall(order).error().detail(), "replayed");
}

}  // namespace
}  // namespace kw::agent
