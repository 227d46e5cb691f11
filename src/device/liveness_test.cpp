#include "device/liveness.h"

#include <gtest/gtest.h>

#include <functional>

namespace kw::device {
namespace {

struct LivenessTest : ::testing::Test {
  LivenessExpectation expected{DeviceId(RawId{1}), Bytes(32, 7), "boot", 10};
  v1::Heartbeat beat;
  std::optional<v1::Liveness> statement;

  LivenessTest() {
    beat.set_state(v1::NORMAL);
    beat.set_policy_revision(3);
    beat.set_policy_digest("digest");
    statement.emplace();
    statement->set_version(1);
    statement->set_device_id(copy_text(expected.device.bytes()));
    statement->set_nonce(copy_text(expected.nonce));
    statement->set_state(v1::NORMAL);
    statement->set_policy_revision(3);
    statement->set_policy_digest("digest");
    statement->set_boot_id("boot");
    statement->set_counter(11);
  }
  std::string fault() { return std::string(liveness_fault(expected, beat, statement).value_or("")); }
};

TEST_F(LivenessTest, TakesAnAnswerThatFitsInEveryPart) { EXPECT_EQ(fault(), ""); }

TEST_F(LivenessTest, NamesWhatDoesNotFit) {
  const std::pair<std::string, std::function<void()>> rows[] = {
      {"no_answer", [&] { statement.reset(); }},
      {"malformed", [&] { statement->set_version(2); }},
      {"wrong_device", [&] { statement->mutable_device_id()->back() ^= 1; }},
      {"wrong_nonce", [&] { statement->mutable_nonce()->back() ^= 1; }},
      {"wrong_nonce", [&] { expected.nonce.clear(), statement->clear_nonce(); }},
      {"wrong_boot", [&] { statement->set_boot_id("another"); }},
      {"old_counter", [&] { statement->set_counter(10); }},
      {"other_state", [&] { beat.set_state(v1::CUT); }},
      {"other_state", [&] { beat.set_policy_revision(4); }},
      {"other_state", [&] { beat.set_policy_digest("else"); }},
  };
  const auto good = statement;
  const auto good_beat = beat;
  const auto good_expected = expected;
  for (const auto& [word, spoil] : rows) {
    spoil();
    EXPECT_EQ(fault(), word);
    statement = good;
    beat = good_beat;
    expected = good_expected;
  }
}

TEST_F(LivenessTest, RemembersTheFirstKeyAndNoOther) {
  const Bytes one(91, 1), two(91, 2);
  EXPECT_FALSE(liveness_key_fault({}, {})) << "an agent before there was such a key";
  EXPECT_FALSE(liveness_key_fault({}, one));
  EXPECT_FALSE(liveness_key_fault(one, one));
  EXPECT_EQ(liveness_key_fault(one, two), "key_changed");
  EXPECT_EQ(liveness_key_fault(one, {}), "no_key");
}

}  // namespace
}  // namespace kw::device
