#include "server/link/session_registry.h"

#include <gmock/gmock.h>

namespace kw::server {
namespace {

using std::chrono::seconds;

struct Session final : ConnectedDevice {
  void nudge() override { ++nudges; }
  void put_out() override { ++ends; }
  int nudges = 0, ends = 0;
};

DeviceId device(Byte number) {
  RawId raw{};
  raw[15] = number;
  return DeviceId(raw);
}
const DeviceId kOne = device(1), kTwo = device(2);

struct Registry : ::testing::Test {
  void claim(const DeviceId& id, std::shared_ptr<ConnectedDevice> session, SessionRegistry::Holder holder) {
    EXPECT_FALSE(registry.claim(id, std::move(session), std::move(holder), seconds(10)).has_value());
  }
  SessionRegistry registry;
  std::shared_ptr<Session> first = std::make_shared<Session>(), second = std::make_shared<Session>();
};

TEST_F(Registry, NobodyHoldsADeviceThatNoSessionClaimed) {
  EXPECT_FALSE(registry.holder(kOne).has_value());
  EXPECT_FALSE(registry.release(kOne, first.get()));
  registry.nudge(kOne);  // orders for a kiosk that is away wait in the store
  registry.put_out(kOne);
  registry.heard(kOne, first.get(), seconds(1));
  EXPECT_FALSE(registry.holder(kOne).has_value());
}

TEST_F(Registry, AClaimTellsWhoAndSinceWhen) {
  claim(kOne, first, {"198.18.10.10", "boot", seconds(5)});
  const auto holder = registry.holder(kOne);
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->peer, "198.18.10.10");
  EXPECT_EQ(holder->boot_id, "boot");
  EXPECT_EQ(holder->last_heard, seconds(5));
  registry.heard(kOne, first.get(), seconds(9));
  EXPECT_EQ(registry.holder(kOne)->last_heard, seconds(9));
  EXPECT_FALSE(registry.holder(kTwo).has_value());
}

TEST_F(Registry, TheSecondSessionPutsTheFirstOut) {
  claim(kOne, first, {"a", "boot", {}});
  claim(kOne, second, {"b", "boot", {}});
  EXPECT_EQ(first->ends, 1);
  EXPECT_EQ(second->ends, 0);
  EXPECT_EQ(registry.holder(kOne)->peer, "b");
}

TEST_F(Registry, AnotherBootIsKeptOutWhileTheFirstIsAlive) {
  claim(kOne, first, {"a", "boot-1", seconds(5)});
  const SessionRegistry::Holder other{"b", "boot-2", seconds(14)};
  EXPECT_EQ(registry.rival(kOne, other, seconds(10))->peer, "a");
  EXPECT_EQ(registry.claim(kOne, second, other, seconds(10))->peer, "a");
  EXPECT_EQ(registry.holder(kOne)->peer, "a");
  EXPECT_EQ(first->ends, 0);
  EXPECT_FALSE(registry.rival(kTwo, other, seconds(10)).has_value());
  EXPECT_FALSE(registry.rival(kOne, {"b", "boot-1", seconds(14)}, seconds(10)).has_value()) << "the same boot";
  const SessionRegistry::Holder later{"b", "boot-2", seconds(15)};
  EXPECT_FALSE(registry.rival(kOne, later, seconds(10)).has_value()) << "the first fell silent";
  claim(kOne, second, later);
  EXPECT_EQ(first->ends, 1);
}

TEST_F(Registry, ASessionThatWasReplacedChangesNothingMore) {
  claim(kOne, first, {"a", "boot", {}});
  claim(kOne, second, {"b", "boot", seconds(1)});
  registry.heard(kOne, first.get(), seconds(9));
  EXPECT_EQ(registry.holder(kOne)->last_heard, seconds(1));
  EXPECT_FALSE(registry.release(kOne, first.get())) << "the device is on line by the second session";
  EXPECT_TRUE(registry.release(kOne, second.get()));
  EXPECT_FALSE(registry.holder(kOne).has_value());
}

TEST_F(Registry, NewsReachTheirDeviceAlone) {
  claim(kOne, first, {});
  claim(kTwo, second, {});
  registry.nudge(kOne);
  registry.put_out(kTwo);
  EXPECT_EQ(first->nudges, 1);
  EXPECT_EQ(second->nudges, 0);
  EXPECT_EQ(first->ends, 0);
  EXPECT_EQ(second->ends, 1);
  EXPECT_TRUE(registry.holder(kTwo).has_value()) << "a session that is put out releases itself";
  registry.put_out_all();
  EXPECT_EQ(first->ends, 1);
}

TEST_F(Registry, AReleasedSessionIsNotKeptAlive) {
  claim(kOne, first, {});
  EXPECT_EQ(first.use_count(), 2);
  registry.release(kOne, first.get());
  EXPECT_EQ(first.use_count(), 1);
}

/// What a session does when it is put out may lead back into the registry.
TEST_F(Registry, PuttingOutHoldsNoLock) {
  struct Releasing final : ConnectedDevice {
    explicit Releasing(SessionRegistry& of) : registry(of) {}
    void nudge() override {}
    void put_out() override { released = registry.release(kOne, this); }
    SessionRegistry& registry;
    bool released = true;
  };
  const auto session = std::make_shared<Releasing>(registry);
  claim(kOne, session, {});
  claim(kOne, second, {});
  EXPECT_FALSE(session->released);
  EXPECT_TRUE(registry.holder(kOne).has_value());
  claim(kTwo, session, {});
  registry.put_out_all();
}

}  // namespace
}  // namespace kw::server
