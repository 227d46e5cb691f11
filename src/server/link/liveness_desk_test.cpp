#include "server/link/liveness_desk.h"

#include "device/hardware.h"
#include "pki/signed.h"
#include "schema/codec.h"
#include "server/link/admission_desk.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::good;
using testing::Platform;
using testing::take;

/// A kiosk with its guard's key, and what it answers.
struct LivenessDeskTest : ::testing::Test {
  Platform p;
  LivenessDesk desk{p.random};
  crypto::Sm2PrivateKey guard = take(crypto::Sm2PrivateKey::generate());
  crypto::Sm2PrivateKey thief = take(crypto::Sm2PrivateKey::generate());
  DeviceId device = DeviceId::make(p.clock.now(), p.random);
  v1::AdmissionReport report;
  std::uint64_t counter = 100;

  LivenessDeskTest() {
    report.set_boot_id("boot");
    report.set_liveness_key(copy_text(guard.public_key().spki()));
  }
  /// bound is an approved kiosk whose hardware is a real digest.
  DeviceId bound(const crypto::Sm2PrivateKey& key, const v1::HardwareDigest& hardware) {
    const auto waiting = p.enrolment(key);
    auto row = take(p.store->read([&](auto& r) { return r.enrolments().get(waiting); }));
    row.id = EnrolmentId::make(p.clock.now(), p.random);
    row.hardware = schema::serialise(hardware);
    good(p.store->write([&](auto& r) { return r.enrolments().insert(row); }));
    return take(p.enrol.approve(row.id, p.binding(row.id), p.security)).device;
  }
  v1::Heartbeat beat(const std::string& nonce, const crypto::Sm2PrivateKey& key) {
    v1::Heartbeat out;
    out.set_state(v1::NORMAL);
    v1::Liveness statement;
    statement.set_version(1);
    statement.set_device_id(copy_text(device.bytes()));
    statement.set_nonce(nonce);
    statement.set_state(v1::NORMAL);
    statement.set_boot_id("boot");
    statement.set_counter(++counter);
    *out.mutable_liveness() = take(pki::sign_object("liveness", schema::serialise(statement), key));
    return out;
  }
};

TEST_F(LivenessDeskTest, TheGuardProvesItselfBeatAfterBeat) {
  auto session = desk.begin(device, report, guard.public_key().spki());
  for (int i = 0; i < 3; ++i) {
    const auto nonce = session.next_nonce();
    EXPECT_EQ(nonce.size(), 32u);
    const auto verdict = session.judge(beat(nonce, guard));
    EXPECT_TRUE(verdict.proven) << verdict.fault;
    EXPECT_FALSE(verdict.changed);
  }
}

TEST_F(LivenessDeskTest, AStolenLinkKeyAnswersNothingAndIsToldOnce) {
  auto session = desk.begin(device, report, guard.public_key().spki());
  const auto first = session.judge(beat(session.next_nonce(), thief));
  EXPECT_FALSE(first.proven);
  EXPECT_EQ(first.fault, "no_answer");
  EXPECT_TRUE(first.changed);
  const auto second = session.judge(beat(session.next_nonce(), thief));
  EXPECT_FALSE(second.proven);
  EXPECT_FALSE(second.changed) << "told already";
  const auto healed = session.judge(beat(session.next_nonce(), guard));
  EXPECT_TRUE(healed.proven);
  EXPECT_TRUE(healed.changed);
}

TEST_F(LivenessDeskTest, ARecordedAnswerIsOldInTheNextBeatAndInTheNextSession) {
  auto session = desk.begin(device, report, guard.public_key().spki());
  const auto recorded = beat(session.next_nonce(), guard);
  EXPECT_TRUE(session.judge(recorded).proven);
  EXPECT_EQ(session.judge(recorded).fault, "wrong_nonce") << "no nonce is open";
  static_cast<void>(session.next_nonce());
  EXPECT_EQ(session.judge(recorded).fault, "wrong_nonce");
  auto next = desk.begin(device, report, guard.public_key().spki());
  counter = 50;  // a guard that was set back, within one boot
  EXPECT_EQ(next.judge(beat(next.next_nonce(), guard)).fault, "old_counter");
}

TEST_F(LivenessDeskTest, AnAgentBeforeTheKeyIsNotAskedAndOneThatHadAKeyIs) {
  report.clear_liveness_key();
  auto old = desk.begin(device, report, {});
  EXPECT_EQ(old.next_nonce(), "");
  EXPECT_TRUE(old.judge({}).proven);
  auto silent = desk.begin(device, report, guard.public_key().spki());
  static_cast<void>(silent.next_nonce());
  EXPECT_FALSE(silent.judge({}).proven);
}

TEST_F(LivenessDeskTest, AdmissionRemembersTheFirstKeyAndTellsOfAnother) {
  const auto kiosk = take(crypto::Sm2PrivateKey::generate());
  const auto hardware = device::hardware_digest({{"machine-id", "one"}});
  const auto id = bound(kiosk, hardware);
  AdmissionDesk admission(p.changes);
  const auto stored = take(p.devices.get(id));
  const auto admit = [&](const crypto::Sm2PrivateKey* key) {
    report.set_version(1);
    report.set_device_id(copy_text(id.bytes()));
    report.set_challenge(std::string(32, 'c'));
    report.set_channel_binding(std::string(32, 'b'));
    report.set_address("198.18.10.10");
    report.set_mac(stored.mac);
    report.set_state(v1::NORMAL);
    *report.mutable_hardware() = hardware;
    report.clear_liveness_key();
    if (key != nullptr) report.set_liveness_key(copy_text(key->public_key().spki()));
    const auto certificates = take(p.devices.detail(id)).certificates;
    const auto signing = std::ranges::find(certificates, "signing", &store::CertificateRecord::usage);
    const auto certificate = take(crypto::Certificate::parse(signing->der));
    const auto object = take(pki::sign_object("admission", schema::serialise(report), kiosk));
    return admission.admit(certificate, object, {"198.18.10.10", "suite", Bytes(32, 'c'), Bytes(32, 'b')});
  };
  const auto admitted = admit(&guard);
  ASSERT_TRUE(admitted) << admitted.error().text();
  EXPECT_TRUE(equal(take(p.devices.get(id)).liveness_key, guard.public_key().spki()));
  EXPECT_TRUE(admit(&guard));
  EXPECT_EQ(p.count("agent.fake"), 0u);
  EXPECT_TRUE(admit(&thief)) << "let in, so that its events arrive";
  EXPECT_TRUE(equal(take(p.devices.get(id)).liveness_key, guard.public_key().spki())) << "the first one stays";
  EXPECT_EQ(take(p.devices.get(id)).live, store::DeviceLive::degraded);
  EXPECT_EQ(p.count("agent.fake"), 1u);
  EXPECT_TRUE(admit(nullptr));
  EXPECT_EQ(p.count("agent.fake"), 2u);
  EXPECT_EQ(take(p.alarms.page({})).items.at(0).params.at("reason"), "no_key");
}

}  // namespace
}  // namespace kw::server
