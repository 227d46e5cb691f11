#include "agent/enforcer/enforcer.h"

#include "agent/testing/kiosk.h"
#include "platform/recorded/recorded_ruleset.h"

namespace kw::agent {
namespace {

using testing::KioskSide;
using testing::must;
using testing::PlatformSide;

struct EnforcerTest : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  platform::RecordedRuleset ruleset;
  NullLog log;
  Persons persons = must(Persons::load(kiosk.state, kiosk.command().rule));
  std::unique_ptr<NetworkEnforcer> enforcer = open();
  const std::string case_id = std::string(16, 'c');

  std::unique_ptr<NetworkEnforcer> open(bool watching = false) {
    auto out = must(NetworkEnforcer::open(
        kiosk.state, kiosk.command(), {persons, watching ? nullptr : &ruleset, platform.clock, platform.random, log}));
    return out;
  }
  v1::EnforceReply policy(const v1::Signed& bundle) {
    v1::EnforceRequest request;
    *request.mutable_apply_policy() = bundle;
    return enforcer->handle(request);
  }
  v1::EnforceReply cut(const std::string& id) {
    v1::EnforceRequest request;
    request.mutable_cut()->set_case_id(id);
    request.mutable_cut()->set_cause("net.outbound.illegal");
    return enforcer->handle(request);
  }
  v1::EnforceReply order(const v1::Signed& signed_order) {
    v1::EnforceRequest request;
    *request.mutable_release() = signed_order;
    return enforcer->handle(request);
  }
  v1::EnforceReply look() {
    v1::EnforceRequest request;
    request.mutable_read_back();
    return enforcer->handle(request);
  }
  v1::Signed release(const std::string& id) { return platform.order(kiosk.device, v1::RELEASE, bytes_of(id)); }
  bool there(const std::string& table) { return ruleset.read_back("inet", table).has_value(); }
};

TEST_F(EnforcerTest, AppliesAGoodBundleAndHasItAfterARestart) {
  const auto reply = policy(platform.bundle(kiosk.device, 3));
  ASSERT_EQ(reply.outcome(), "done") << reply.reason();
  EXPECT_EQ(reply.state().policy_revision(), 3U);
  EXPECT_TRUE(reply.state().matches());
  EXPECT_TRUE(there("kioskward"));
  ruleset.flush_ruleset();
  enforcer = open();
  ASSERT_TRUE(enforcer->restore());
  EXPECT_TRUE(there("kioskward"));
  EXPECT_FALSE(there("kioskward_cut"));
  EXPECT_EQ(look().state().policy_revision(), 3U);
}

TEST_F(EnforcerTest, RefusesBadBundlesAndKeepsTheLastGoodOne) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 5)).outcome(), "done");
  const auto stored = must(kiosk.state.read(StateFile::policy));
  const auto scripts = ruleset.scripts().size();
  const auto refused = [&](const v1::Signed& bundle, std::string_view reason) {
    const auto reply = policy(bundle);
    EXPECT_EQ(reply.outcome(), "refused");
    EXPECT_EQ(reply.reason(), reason);
    EXPECT_EQ(reply.state().policy_revision(), 5U);
  };
  refused(platform.bundle(kiosk.device, 4), "older_revision");
  refused(platform.bundle(DeviceId::make(platform.clock.now(), platform.random), 6), "wrong_device");
  refused(platform.bundle(kiosk.device, 5), "conflict");
  auto forged = platform.bundle(kiosk.device, 6);
  forged.mutable_payload()->back() ^= 1;
  refused(forged, "bad_signature");
  PlatformSide stranger;
  refused(stranger.bundle(kiosk.device, 6), "bad_signature");
  auto expired = platform.bundle(kiosk.device, 6);
  platform.clock.ahead = std::chrono::hours(48);
  refused(expired, "expired");
  platform.clock.ahead = Duration(0);
  refused(platform.order(kiosk.device, v1::RELEASE, {}), "malformed");
  EXPECT_EQ(must(kiosk.state.read(StateFile::policy)), stored);
  EXPECT_EQ(ruleset.scripts().size(), scripts) << "the kernel was not touched";
}

TEST_F(EnforcerTest, ARulesetThatIsNotTakenLeavesTheOldOneInForce) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  ruleset.fail_next(Error(Errc::invalid, "nft"));
  const auto reply = policy(platform.bundle(kiosk.device, 2));
  EXPECT_EQ(reply.reason(), "apply_failed");
  EXPECT_EQ(reply.state().policy_revision(), 1U);
  EXPECT_EQ(policy(platform.bundle(kiosk.device, 2)).outcome(), "done");
}

TEST_F(EnforcerTest, ACutOutlivesRestartAndFlushAndComesBeforeThePolicy) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  ASSERT_EQ(cut(case_id).outcome(), "done");
  EXPECT_EQ(cut(std::string(16, 'd')).state().case_id(), case_id) << "the first case stays";
  ruleset.flush_ruleset();
  enforcer = open();
  const auto before = ruleset.scripts().size();
  const auto restored = enforcer->restore();
  ASSERT_TRUE(restored);
  EXPECT_TRUE(restored->cut);
  const auto scripts = ruleset.scripts();
  ASSERT_EQ(scripts.size(), before + 2);
  EXPECT_NE(scripts[before].find("kioskward_cut"), std::string::npos);
  EXPECT_EQ(look().state().case_id(), case_id);
}

TEST_F(EnforcerTest, ACutThatTheKernelRefusesIsStillStored) {
  ruleset.fail_next(Error(Errc::io, "nft"));
  EXPECT_EQ(cut(case_id).outcome(), "failed");
  enforcer = open();
  const auto restored = enforcer->restore();
  ASSERT_TRUE(restored);
  EXPECT_TRUE(restored->cut);
  EXPECT_TRUE(there("kioskward_cut"));
}

TEST_F(EnforcerTest, OnlyTheRightOrderReleasesAndOnlyOnce) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  const auto early = release(case_id);
  EXPECT_EQ(order(early).reason(), "wrong_state");
  ASSERT_EQ(cut(case_id).outcome(), "done");
  EXPECT_EQ(order(release(std::string(16, 'x'))).reason(), "wrong_case");
  EXPECT_EQ(order(platform.order(DeviceId::make(platform.clock.now(), platform.random), v1::RELEASE, bytes_of(case_id)))
                .reason(),
            "wrong_device");
  auto forged = release(case_id);
  forged.mutable_payload()->back() ^= 1;
  EXPECT_EQ(order(forged).reason(), "bad_signature");
  auto late = release(case_id);
  platform.clock.ahead = std::chrono::hours(2);
  EXPECT_EQ(order(late).reason(), "expired");
  platform.clock.ahead = Duration(0);
  EXPECT_EQ(order(platform.bundle(kiosk.device, 2)).reason(), "malformed");
  EXPECT_TRUE(there("kioskward_cut"));

  const auto good = release(case_id);
  const auto reply = order(good);
  ASSERT_EQ(reply.outcome(), "done") << reply.reason();
  EXPECT_FALSE(reply.state().cut());
  EXPECT_FALSE(there("kioskward_cut"));
  EXPECT_FALSE(must(kiosk.state.read(StateFile::cut)).has_value());
  ASSERT_EQ(cut(case_id).outcome(), "done");
  EXPECT_EQ(order(good).reason(), "replayed");
  enforcer = open();
  ASSERT_TRUE(enforcer->restore());
  EXPECT_EQ(order(good).reason(), "replayed") << "after a restart too";
}

TEST_F(EnforcerTest, AReleaseThatTheKernelRefusesLeavesTheCutAndMayBeSentAgain) {
  ASSERT_EQ(cut(case_id).outcome(), "done");
  const auto good = release(case_id);
  ruleset.fail_next(Error(Errc::io, "nft"));
  EXPECT_EQ(order(good).outcome(), "failed");
  EXPECT_TRUE(look().state().cut());
  EXPECT_EQ(order(good).outcome(), "done");
}

TEST_F(EnforcerTest, ACutOrderCutsOnce) {
  const auto cut_off = platform.order(kiosk.device, v1::CUT_OFF, {});
  const auto reply = order(cut_off);
  ASSERT_EQ(reply.outcome(), "done") << reply.reason();
  EXPECT_TRUE(reply.state().cut());
  EXPECT_EQ(reply.state().cause(), "device.cut.ordered");
  ASSERT_EQ(order(release(reply.state().case_id())).outcome(), "done");
  EXPECT_EQ(order(cut_off).reason(), "replayed");
}

TEST_F(EnforcerTest, AnotherProgramsFlushIsRepaired) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  EXPECT_EQ(look().reason(), "");
  ruleset.flush_ruleset();
  EXPECT_EQ(look().reason(), "repaired");
  EXPECT_TRUE(there("kioskward"));
  ASSERT_EQ(cut(case_id).outcome(), "done");
  EXPECT_EQ(look().reason(), "");
  ruleset.flush_ruleset();
  EXPECT_EQ(look().reason(), "repaired");
  EXPECT_TRUE(there("kioskward_cut"));
  ruleset.flush_ruleset();
  ruleset.fail_always(Error(Errc::io, "nft"));
  const auto reply = look();
  EXPECT_EQ(reply.outcome(), "failed");
  EXPECT_FALSE(reply.state().matches());
}

TEST_F(EnforcerTest, AKernelThatTrippedWithoutAnAgentStaysCut) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  ruleset.add_element("inet", "kioskward", "trip", "0x0");
  enforcer = open();
  const auto restored = enforcer->restore();
  ASSERT_TRUE(restored) << restored.error().text();
  EXPECT_TRUE(restored->tripped);
  EXPECT_TRUE(there("kioskward_cut"));
  EXPECT_EQ(look().state().cause(), "net.outbound.illegal");
}

TEST_F(EnforcerTest, DamagedStateFailsClosed) {
  ASSERT_EQ(policy(platform.bundle(kiosk.device, 1)).outcome(), "done");
  kiosk.must_write(StateFile::cut, bytes_of("nonsense"));
  auto octets = must(kiosk.state.read(StateFile::policy)).value();
  octets[octets.size() / 2] ^= 1;
  kiosk.must_write(StateFile::policy, octets);
  ruleset.flush_ruleset();
  enforcer = open();
  EXPECT_FALSE(enforcer->restore());
  EXPECT_TRUE(there("kioskward_cut")) << "a damaged note of a cut is a cut";
}

TEST_F(EnforcerTest, WatchModeVerifiesAndTouchesNothing) {
  enforcer = open(true);
  ASSERT_TRUE(enforcer->restore());
  const auto reply = policy(platform.bundle(kiosk.device, 1));
  EXPECT_EQ(reply.outcome(), "done");
  EXPECT_FALSE(reply.state().matches());
  const auto refused = order(platform.order(kiosk.device, v1::CUT_OFF, {}));
  EXPECT_EQ(refused.outcome(), "refused");
  EXPECT_EQ(refused.reason(), "watching");
  EXPECT_FALSE(refused.state().cut());
  EXPECT_TRUE(ruleset.scripts().empty());
}

}  // namespace
}  // namespace kw::agent
