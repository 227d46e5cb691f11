#include "server/link/quote_desk.h"

#include "kioskward/v1/policy.pb.h"
#include "pki/signed.h"
#include "platform/recorded/recorded_tpm.h"
#include "schema/codec.h"
#include "server/link/enrol_desk.h"
#include "server/testing/kiosk.h"

namespace kw::server {
namespace {

using testing::good;
using testing::Kiosk;
using testing::Platform;
using testing::take;

const device::PcrSet kBoot{0, 2, 4, 7};

/// A kiosk with its TPM, admitted again and again.
struct QuoteDeskTest : ::testing::Test {
  Platform p;
  QuoteDesk desk{p.changes, testing::test_keys(), std::chrono::minutes(10)};
  Kiosk kiosk = Kiosk::enrolled(p, "127.0.0.1");
  platform::RecordedTpm tpm;
  v1::TpmObject key = take(tpm.make_attestation_key());

  v1::AdmissionReport report(bool with_tpm = true) {
    auto out = kiosk.report();
    if (!with_tpm) return out;
    out.mutable_tpm()->set_version(1);
    out.mutable_tpm()->set_attestation_key(copy_text(take(tpm.public_of(key))));
    out.mutable_tpm()->set_manufacturer("REC");
    return out;
  }
  QuoteDesk::Session admit(const v1::AdmissionReport& shown) {
    return take(desk.begin(take(p.devices.get(kiosk.id)), shown, "198.18.10.10"));
  }
  QuoteDesk::Session admit() { return admit(report()); }
  v1::Heartbeat beat(const std::string& nonce) {
    v1::Heartbeat out;
    out.set_state(v1::NORMAL);
    *out.mutable_quote() = take(tpm.quote(key, kBoot, bytes_of(nonce)));
    return out;
  }
  /// answered admits the kiosk, and gives the session after its first quote.
  QuoteDesk::Session answered() {
    auto session = admit();
    const auto nonce = desk.next_nonce(session);
    EXPECT_EQ(nonce.size(), 32U);
    good(desk.take(session, beat(nonce)));
    return session;
  }
  store::Device row() { return take(p.devices.get(kiosk.id)); }
  void order(const std::string& hours) {
    v1::Order wanted;
    wanted.set_section("hardware");
    wanted.set_action("permit_boot_change");
    (*wanted.mutable_args())["hours"] = hours;
    take(p.orders.action(kiosk.id, wanted, "firmware update", p.security));
  }
  void publish(bool isolate) {
    v1::PolicyBundle policy;
    policy.set_version(1);
    policy.set_bundle_id(std::string(16, 'b'));
    policy.set_device_id(copy_text(kiosk.id.bytes()));
    policy.set_revision(revision + 1);
    policy.set_expires_ns(1);
    policy.mutable_hardware()->set_mode(v1::ENFORCE);
    policy.mutable_hardware()->set_isolate_boot_changes(isolate);
    store::Bundle bundle;
    bundle.id = BundleId::make(p.clock.now(), p.random);
    bundle.device = kiosk.id;
    bundle.revision = ++revision;
    bundle.signed_octets = schema::serialise(
        take(pki::sign_object("policy", schema::serialise(policy), testing::test_keys().command_key())));
    bundle.digest = Bytes(32, 1);
    store::Policy published;
    published.revision = revision;
    published.published = p.clock.now();
    published.digest = Bytes(32, 1);
    published.template_json = "{}";
    good(p.store->write([&](auto& r) -> Result<> {
      KW_CHECK(r.policies().insert(published));
      return r.bundles().insert(bundle);
    }));
  }
  std::uint64_t revision = 0;
};

TEST_F(QuoteDeskTest, the_first_quote_binds_and_later_ones_are_held_against_it) {
  EXPECT_TRUE(answered().proven());
  EXPECT_EQ(p.count("hardware.tpm.bound"), 1U);
  EXPECT_FALSE(row().tpm.empty());
  EXPECT_TRUE(answered().proven());
  EXPECT_EQ(p.count("hardware.tpm.bound"), 1U) << "once";
}

TEST_F(QuoteDeskTest, a_kiosk_without_a_tpm_is_not_asked) {
  auto session = admit(report(false));
  EXPECT_EQ(desk.next_nonce(session), "");
  p.clock.advance(std::chrono::hours(1));
  good(desk.take(session, {}));
  EXPECT_TRUE(session.proven());
}

TEST_F(QuoteDeskTest, one_quote_at_admission_and_one_every_ten_minutes) {
  auto session = answered();
  EXPECT_EQ(desk.next_nonce(session), "") << "not at each heartbeat";
  p.clock.advance(std::chrono::minutes(9));
  EXPECT_EQ(desk.next_nonce(session), "");
  p.clock.advance(std::chrono::minutes(1));
  const auto nonce = desk.next_nonce(session);
  EXPECT_EQ(nonce.size(), 32U);
  EXPECT_EQ(desk.next_nonce(session), "") << "while it is not answered";
}

TEST_F(QuoteDeskTest, other_measured_values_are_an_alarm_and_told_once) {
  answered();
  tpm.extend(4, bytes_of("another boot loader"));
  auto session = answered();
  EXPECT_EQ(session.fault, "boot_changed");
  EXPECT_EQ(p.count("hardware.boot.changed"), 1U);
  p.clock.advance(std::chrono::minutes(10));
  good(desk.take(session, beat(desk.next_nonce(session))));
  EXPECT_EQ(p.count("hardware.boot.changed"), 1U) << "it stands";
  EXPECT_EQ(p.count("device.cut.ordered"), 0U) << "policy does not isolate";
}

TEST_F(QuoteDeskTest, policy_may_isolate) {
  answered();
  publish(false);
  tpm.extend(7, bytes_of("other keys of secure boot"));
  answered();
  EXPECT_EQ(p.count("device.cut.ordered"), 0U);
  publish(true);
  answered();
  EXPECT_EQ(p.count("device.cut.ordered"), 1U);
}

TEST_F(QuoteDeskTest, a_planned_change_is_taken_over_while_its_order_lasts) {
  answered();
  order("2");
  tpm.extend(0, bytes_of("new firmware"));
  EXPECT_TRUE(answered().proven());
  EXPECT_EQ(p.count("hardware.boot.accepted"), 1U);
  EXPECT_TRUE(answered().proven()) << "bound from now on";
  EXPECT_EQ(p.count("hardware.boot.accepted"), 1U);
  p.clock.advance(std::chrono::hours(2));
  tpm.extend(0, bytes_of("newer firmware"));
  EXPECT_EQ(answered().fault, "boot_changed") << "the order is over";
}

TEST_F(QuoteDeskTest, a_kiosk_that_gives_no_quote_is_told_after_a_while) {
  auto session = admit();
  static_cast<void>(desk.next_nonce(session));
  p.clock.advance(std::chrono::seconds(29));
  good(desk.take(session, {}));
  EXPECT_TRUE(session.proven()) << "a TPM takes its time";
  p.clock.advance(std::chrono::seconds(1));
  good(desk.take(session, {}));
  EXPECT_EQ(session.fault, "no_quote");
  EXPECT_EQ(p.count("hardware.quote.refused"), 1U);
  EXPECT_EQ(desk.next_nonce(session), "");
  p.clock.advance(std::chrono::minutes(1));
  good(desk.take(session, beat(desk.next_nonce(session))));
  EXPECT_TRUE(session.proven()) << "asked again a minute later";
  EXPECT_EQ(p.count("hardware.quote.proven"), 1U);
}

TEST_F(QuoteDeskTest, a_recorded_quote_answers_nothing) {
  auto session = admit();
  const auto recorded = beat(desk.next_nonce(session));
  good(desk.take(session, recorded));
  EXPECT_TRUE(session.proven());
  session = admit();
  static_cast<void>(desk.next_nonce(session));
  good(desk.take(session, recorded));
  EXPECT_EQ(session.fault, "wrong_nonce");
}

TEST_F(QuoteDeskTest, a_kiosk_without_its_tpm_or_with_another_one_is_told) {
  answered();
  auto session = admit(report(false));
  EXPECT_EQ(session.fault, "no_key");
  EXPECT_EQ(desk.next_nonce(session), "");
  key = take(tpm.make_attestation_key());
  EXPECT_EQ(admit().fault, "key_changed");
  EXPECT_EQ(p.count("hardware.quote.refused"), 2U);
}

TEST_F(QuoteDeskTest, what_a_kiosk_shows_at_its_enrolment_is_bound_by_its_approval) {
  EnrolDesk enrol(p.changes);
  const auto site =
      take(p.enrol.create_site({.id = {}, .name = "hall", .district = "", .address = "", .created = {}}, p.security));
  const auto ask = [&](const std::string& challenge, const std::string& quoted) {
    const auto shown = report();
    v1::EnrolRequest request;
    request.set_token(take(p.enrol.create_token(site.id, 10, "", p.security)).text);
    request.set_pkcs10(copy_text(testing::test_request().der()));
    *request.mutable_hardware() = shown.hardware();
    *request.mutable_tpm() = shown.tpm();
    *request.mutable_quote() = take(tpm.quote(key, kBoot, bytes_of(quoted)));
    return enrol.request(request, "198.18.10.10", bytes_of(challenge));
  };
  EXPECT_EQ(ask(std::string(32, 'c'), std::string(32, 'd')).code(), Errc::untrusted) << "over another challenge";
  const auto pending = ask(std::string(32, 'c'), std::string(32, 'c'));
  ASSERT_TRUE(pending) << pending.error().text();
  const auto id = take(EnrolmentId::from_bytes(bytes_of(pending->enrolment_id())));
  kiosk.id = take(p.enrol.approve(id, p.binding(id), p.security)).device;
  EXPECT_FALSE(row().tpm.empty());
  EXPECT_TRUE(answered().proven());
  EXPECT_EQ(p.count("hardware.tpm.bound"), 0U) << "nothing is taken on trust";
  tpm.extend(2, bytes_of("another option ROM"));
  EXPECT_EQ(answered().fault, "boot_changed");
}

}  // namespace
}  // namespace kw::server
