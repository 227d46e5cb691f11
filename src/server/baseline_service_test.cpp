#include "server/baseline_service.h"

#include "crypto/sm3.h"
#include "kioskward/v1/interfaces.pb.h"
#include "pki/signed.h"
#include "policy/baseline.h"
#include "schema/codec.h"
#include "server/link/intake_desk.h"
#include "server/testing/platform.h"

namespace kw::server {
namespace {

using testing::code;
using testing::good;
using testing::Platform;
using testing::take;

/// A platform with one kiosk whose proposals come in as over its link.
struct Learning : Platform {
  crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
  DeviceId device = approved(key);
  IntakeDesk intake{changes};

  static v1::BaselineProposal proposal(const std::string& driver, const std::string& section = "interfaces") {
    v1::InterfaceBaseline content;
    content.set_driver(driver);
    v1::BaselineProposal out;
    out.set_section(section);
    out.set_content(content.SerializeAsString());
    out.set_digest(copy_text(crypto::sm3(bytes_of(out.content()))));
    return out;
  }
  Result<> propose(const v1::BaselineProposal& what) {
    clock.advance(std::chrono::seconds(1));  // lists are by time
    return intake.baseline_proposal(device, "198.18.10.10", what);
  }
  store::Baseline newest() { return take(baselines.of_device(device)).at(0); }
  Result<> report(std::uint64_t revision, const std::string& outcome) {
    v1::BaselineReport out;
    out.set_section("interfaces");
    out.set_revision(revision);
    out.set_outcome(outcome);
    return intake.baseline_report(device, out);
  }
};

TEST(Baselines, WhatIsApprovedIsSignedForItsDeviceWithARisingRevision) {
  Learning p;
  for (const std::uint64_t revision : {1U, 2U}) {
    good(p.propose(Learning::proposal("driver " + std::to_string(revision))));
    const auto waiting = p.newest();
    EXPECT_EQ(waiting.state, store::BaselineState::proposed);
    const auto done = take(p.baselines.approve(waiting.id, "seen on site", p.security));
    EXPECT_EQ(done.revision, revision);
    const auto object = take(schema::parse<v1::Signed>(done.signed_octets, 1U << 20));
    good(pki::verify_object(object, "baseline", testing::test_keys().command_key().public_key()));
    EXPECT_EQ(code(pki::verify_object(object, "policy", testing::test_keys().command_key().public_key())),
              Errc::malformed);
    const auto wire = take(policy::parse_baseline(bytes_of(object.payload()))).baseline;
    EXPECT_EQ(wire.device_id(), copy_text(p.device.bytes()));
    EXPECT_EQ(wire.revision(), revision);
    EXPECT_EQ(bytes_of(wire.content()).size(), waiting.size);
    EXPECT_TRUE(p.effects.back().new_baselines.contains(p.device));
    EXPECT_EQ(code(p.baselines.approve(waiting.id, "again", p.security)), Errc::wrong_state);
    EXPECT_EQ(code(p.baselines.reject(waiting.id, "late", p.security)), Errc::wrong_state);
  }
  EXPECT_EQ(p.count("baseline.proposed"), 2U);
  EXPECT_EQ(p.count("baseline.approved"), 2U);
}

TEST(Baselines, OneProposalOfASectionWaitsAndTheNewestCounts) {
  Learning p;
  good(p.propose(Learning::proposal("a")));
  const auto first = p.newest();
  good(p.propose(Learning::proposal("a")));
  EXPECT_EQ(p.newest().id, first.id) << "said twice";
  good(p.propose(Learning::proposal("b")));
  EXPECT_EQ(take(p.baselines.of_device(p.device)).size(), 1U);
  EXPECT_EQ(code(p.baselines.approve(first.id, "x", p.security)), Errc::not_found) << "nobody approves what is gone";
  EXPECT_EQ(p.count("baseline.proposed"), 2U);
}

TEST(Baselines, AnEmptyOneIsOne) {
  Learning p;  // a virtual port has neither slot nor driver: all fields have their defaults
  good(p.propose(Learning::proposal("")));
  EXPECT_EQ(p.newest().size, 0U);
  EXPECT_EQ(take(p.baselines.approve(p.newest().id, "a virtual machine", p.security)).revision, 1U);
}

TEST(Baselines, WhatIsRejectedIsKeptAndNotSent) {
  Learning p;
  good(p.propose(Learning::proposal("a")));
  const auto done = take(p.baselines.reject(p.newest().id, "not that card", p.security));
  EXPECT_EQ(done.state, store::BaselineState::rejected);
  EXPECT_EQ(done.reason, "not that card");
  EXPECT_TRUE(p.effects.back().new_baselines.empty());
  EXPECT_TRUE(take(p.store->read([&](auto& r) { return r.baselines().to_deliver(p.device); })).empty());
  EXPECT_EQ(p.count("baseline.rejected"), 1U);
  EXPECT_EQ(code(p.baselines.approve(done.id, "changed my mind", p.security)), Errc::wrong_state);
}

TEST(Baselines, ProposalsThatAreNoneAreRefused) {
  Learning p;
  auto large = Learning::proposal("a");
  large.set_content(std::string(policy::kMostBaselineContent + 1, 'x'));
  large.set_digest(copy_text(crypto::sm3(bytes_of(large.content()))));
  EXPECT_EQ(code(p.propose(large)), Errc::malformed);
  auto other = Learning::proposal("a");
  other.mutable_digest()->back() ^= 1;
  EXPECT_EQ(code(p.propose(other)), Errc::malformed);
  good(p.propose(Learning::proposal("a", "weather")));
  EXPECT_EQ(p.count("link.bad_message"), 1U) << "a section that only a newer release knows ends no link";
  EXPECT_TRUE(take(p.baselines.of_device(p.device)).empty());
  EXPECT_EQ(p.count("baseline.proposed"), 0U);
}

TEST(Baselines, AReportEndsTheDeliveryUnlessTheKioskCouldNotKeepIt) {
  Learning p;
  const auto waiting = [&] {
    return take(p.store->read([&](auto& r) { return r.baselines().to_deliver(p.device); })).size();
  };
  good(p.propose(Learning::proposal("a")));
  EXPECT_EQ(code(p.report(1, "applied")), Errc::not_found) << "nobody approved it";
  take(p.baselines.approve(p.newest().id, "seen", p.security));
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(code(p.report(1, "eaten")), Errc::malformed);
  good(p.report(1, "failed"));
  EXPECT_EQ(waiting(), 1U);
  good(p.report(1, "applied"));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(p.newest().outcome, "applied");
}

TEST(Baselines, NothingIsApprovedForADisabledDevice) {
  Learning p;
  good(p.propose(Learning::proposal("a")));
  take(p.devices.disable(p.device, "stolen", p.security));
  EXPECT_EQ(code(p.baselines.approve(p.newest().id, "x", p.security)), Errc::wrong_state);
  EXPECT_EQ(p.newest().state, store::BaselineState::proposed) << "nothing half done";
  EXPECT_EQ(code(p.baselines.of_device(DeviceId())), Errc::not_found);
  EXPECT_EQ(code(p.baselines.get(BaselineId())), Errc::not_found);
}

}  // namespace
}  // namespace kw::server
