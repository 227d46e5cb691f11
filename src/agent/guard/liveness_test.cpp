#include "agent/guard/liveness.h"

#include "agent/testing/kiosk.h"
#include "pki/signed.h"

namespace kw::agent {
namespace {

using testing::KioskSide;
using testing::must;
using testing::PlatformSide;

struct LivenessKeyTest : ::testing::Test {
  PlatformSide platform;
  KioskSide kiosk{platform};
  LivenessKey open() { return must(LivenessKey::open(kiosk.state, kiosk.seal, platform.random)); }
};

TEST_F(LivenessKeyTest, IsMadeOnceAndSealedToTheHardware) {
  const auto first = open();
  EXPECT_TRUE(first.fresh());
  const auto again = open();
  EXPECT_FALSE(again.fresh());
  EXPECT_EQ(again.public_key(), first.public_key());
  EXPECT_EQ(LivenessKey::open(kiosk.state, SecretBytes::copy_of(Bytes(16, 9)), platform.random).code(),
            Errc::untrusted);
  EXPECT_EQ(open().public_key(), first.public_key()) << "and is not overwritten";
}

TEST_F(LivenessKeyTest, CountsUpWithinABootAndOverRestarts) {
  const auto counter = [](const v1::Signed& object) {
    return must(schema::parse<v1::Liveness>(bytes_of(object.payload()), 4096)).counter();
  };
  auto key = open();
  const auto one = must(key.answer({}, std::chrono::seconds(5)));
  const auto two = must(key.answer({}, std::chrono::seconds(5)));
  EXPECT_TRUE(pki::verify_object(one, "liveness", must(crypto::Sm2PublicKey::from_spki(key.public_key()))));
  EXPECT_LT(counter(one), counter(two));
  auto restarted = open();
  EXPECT_LT(counter(two), counter(must(restarted.answer({}, std::chrono::seconds(6)))));
}

}  // namespace
}  // namespace kw::agent
