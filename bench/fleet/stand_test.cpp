#include "bench/fleet/stand.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "device/liveness.h"
#include "platform/linux/system_clock.h"
#include "schema/codec.h"

namespace kw::fleet {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

/// A kiosk's stand and the key that may command it.
struct Bed {
  crypto::SystemRandom random;
  platform::SystemClock clock;
  crypto::Sm2PrivateKey command = must(crypto::Sm2PrivateKey::generate());
  DeviceId device = DeviceId::make(clock.now(), random);
  Stand stand = must(Stand::make(device, {{command.public_key()}, 1, 1}, "boot"));
  std::vector<v1::Event> told;
  Stand::Tell tell = [this](v1::Event event) { told.push_back(std::move(event)); };

  v1::Signed bundle(std::uint64_t revision, const crypto::Sm2PrivateKey& key) {
    v1::PolicyBundle out;
    out.set_version(1);
    out.set_bundle_id(copy_text(random.bytes(16)));
    out.set_revision(revision);
    out.set_device_id(copy_text(device.bytes()));
    out.set_not_before_ns((clock.now() - std::chrono::minutes(1)).unix_ns);
    out.set_expires_ns((clock.now() + std::chrono::hours(1)).unix_ns);
    out.mutable_network()->set_mode(v1::OFF);
    return must(pki::sign_object("policy", schema::serialise(out), key));
  }
  v1::Signed order(v1::OrderKind kind, const std::string& case_id, Duration lasts = std::chrono::hours(1)) {
    v1::Order out;
    out.set_version(1);
    out.set_order_id(copy_text(random.bytes(16)));
    out.set_device_id(copy_text(device.bytes()));
    out.set_kind(kind);
    out.set_case_id(case_id);
    out.set_expires_ns((clock.now() + lasts).unix_ns);
    return must(pki::sign_object("order", schema::serialise(out), command));
  }
};

TEST(FleetStand, TakesBundlesOfItsCommandKeyAlone) {
  Bed bed;
  const auto stranger = must(crypto::Sm2PrivateKey::generate());
  EXPECT_EQ(bed.stand.take_policy(bed.bundle(1, stranger), bed.clock.now(), bed.tell).reason(), "bad_signature");
  const auto report = bed.stand.take_policy(bed.bundle(3, bed.command), bed.clock.now(), bed.tell);
  EXPECT_EQ(report.outcome(), "applied") << report.reason();
  EXPECT_EQ(bed.stand.revision(), 3U);
  EXPECT_EQ(bed.stand.take_policy(bed.bundle(2, bed.command), bed.clock.now(), bed.tell).reason(), "older_revision");
  ASSERT_EQ(bed.told.size(), 3U);
  EXPECT_EQ(bed.told[1].type(), "policy.applied");
  EXPECT_EQ(bed.told[2].type(), "policy.refused");
}

TEST(FleetStand, IsReleasedFromItsOwnCaseAlone) {
  Bed bed;
  const std::string mine(16, 'm'), other(16, 'o');
  EXPECT_EQ(bed.stand.take_order(bed.order(v1::RELEASE, mine), bed.clock.now(), bed.tell).reason(), "wrong_state");
  bed.stand.cut(mine);
  bed.stand.cut(other);  // the first one stays
  EXPECT_EQ(bed.stand.take_order(bed.order(v1::RELEASE, other), bed.clock.now(), bed.tell).reason(), "wrong_case");
  EXPECT_EQ(
      bed.stand.take_order(bed.order(v1::RELEASE, mine, -std::chrono::hours(1)), bed.clock.now(), bed.tell).reason(),
      "expired");
  EXPECT_EQ(bed.stand.take_order(bed.order(v1::SECTION, mine), bed.clock.now(), bed.tell).reason(), "unsupported");
  EXPECT_TRUE(bed.stand.is_cut());
  EXPECT_EQ(bed.stand.take_order(bed.order(v1::RELEASE, mine), bed.clock.now(), bed.tell).outcome(), "done");
  EXPECT_FALSE(bed.stand.is_cut());
  EXPECT_EQ(bed.told.back().type(), "net.released");
  EXPECT_EQ(bed.told.back().case_id(), mine);
  EXPECT_EQ(bed.stand.take_order(bed.order(v1::CUT_OFF, other), bed.clock.now(), bed.tell).outcome(), "done");
  EXPECT_TRUE(bed.stand.is_cut());
}

TEST(FleetStand, AnswersThePlatformsNonce) {
  Bed bed;
  const std::string nonce(32, 'n');
  v1::AdmissionReport report;
  bed.stand.fill(report);
  const auto key = must(crypto::Sm2PublicKey::from_spki(bytes_of(report.liveness_key())));
  device::LivenessExpectation expected{bed.device, copy(bytes_of(nonce)), "boot", 0};
  for (int i = 0; i < 2; ++i) {
    v1::Heartbeat beat;
    ASSERT_TRUE(bed.stand.fill(beat, nonce, std::chrono::seconds(1)));
    ASSERT_TRUE(pki::verify_object(beat.liveness(), "liveness", key));
    const auto statement = must(schema::parse<v1::Liveness>(bytes_of(beat.liveness().payload()), 4096));
    EXPECT_FALSE(device::liveness_fault(expected, beat, statement)) << "beat " << i;
    expected.counter = statement.counter();
  }
}

}  // namespace
}  // namespace kw::fleet
