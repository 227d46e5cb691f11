// Who is not let in: each refusal has its own audit code, and all of one stage look the same to the peer.
#include "server/testing/link_bed.h"
#include "tests/support/tlcp/peers.h"

namespace kw::server {
namespace {

using testing::good;
using testing::hardware;
using testing::Kiosk;
using testing::LinkBed;
using testing::Peer;
using testing::take;
using testing::test_key;
using testing::test_keys;
using testing::test_request;
using Params = std::map<std::string, std::string>;

/// answer tells what the peer saw, record by record: types, alerts as they came, and how long what is sealed was.
std::string answer(const Peer& peer) {
  std::string out;
  for (const auto& record : tlcp::testing::split_records(peer.heard())) {
    const auto type = static_cast<tlcp::ContentType>(record[0]);
    const auto body = ByteView(record).subspan(tlcp::kRecordHeader);
    out += std::to_string(record[0]);
    if (type == tlcp::ContentType::alert) out += ":" + to_hex(body);
    if (type == tlcp::ContentType::application_data) out += "+" + std::to_string(body.size());
    out += " ";
  }
  return out;
}

void expect_entry(LinkBed& bed, const std::string& type, const Params& params, const std::optional<DeviceId>& device) {
  const auto entry = bed.recorded(type);
  EXPECT_EQ(entry.result(), "refused");
  const Params got(entry.params().begin(), entry.params().end());
  EXPECT_THAT(got, ::testing::IsSupersetOf(params));
  EXPECT_EQ(entry.device_id(), device ? copy_text(device->bytes()) : std::string());
  EXPECT_EQ(bed.entries(type).size(), 1u) << "once";
  EXPECT_TRUE(bed.entries("admission.granted").empty());
}

struct CertificateCase {
  std::string name, type;
  Params params;
  std::function<tlcp::Identity(LinkBed&, const Kiosk&)> identity;
};

tlcp::Identity issued(const pki::Authority& by, LinkBed& bed, const Kiosk& kiosk, Duration ahead) {
  auto pair = take(
      by.issue_device(test_request(), kiosk.id, "unique", bed.platform.clock.now() + ahead, 1, bed.platform.random));
  return {pair.signing, test_key(), pair.encryption, pair.encryption_key, {}};
}
pki::Authority stranger(const std::string& name, LinkBed& bed) {
  return take(pki::Authority::make_root(name, bed.platform.clock.now(), 1, bed.platform.random));
}
const auto kDay = std::chrono::hours(24);

const CertificateCase kCertificates[] = {
    {"another CA",
     "admission.refused.unknown_ca",
     {{"peer", "127.0.0.2"}},
     [](LinkBed& bed, const Kiosk& kiosk) { return issued(stranger("other", bed), bed, kiosk, {}); }},
    {"a CA that borrows the name",
     "admission.refused.bad_certificate",
     {{"reason", "bad_signature"}},
     [](LinkBed& bed, const Kiosk& kiosk) {
       return issued(stranger(test_keys().authority().certificate().subject().common_name, bed), bed, kiosk, {});
     }},
    {"expired",
     "admission.refused.expired",
     {{"peer", "127.0.0.2"}},
     [](LinkBed& bed, const Kiosk& kiosk) { return issued(test_keys().authority(), bed, kiosk, -2 * kDay); }},
    {"not yet valid",
     "admission.refused.not_yet_valid",
     {{"peer", "127.0.0.2"}},
     [](LinkBed& bed, const Kiosk& kiosk) { return issued(test_keys().authority(), bed, kiosk, kDay); }},
    {"revoked",
     "admission.refused.revoked",
     {{"peer", "127.0.0.2"}},
     [](LinkBed& bed, const Kiosk& kiosk) {
       good(bed.platform.changes.run([&](Change& c) { return bed.platform.ca.revoke(c, kiosk.id, "lost", {}); }));
       good(bed.platform.ca.publish_crl());
       return kiosk.identity();
     }},
    {"the platform's own list is stale",
     "admission.refused.bad_certificate",
     {{"reason", "stale_crl"}},
     [](LinkBed& bed, const Kiosk& kiosk) {
       bed.platform.clock.advance(3 * kDay);
       return kiosk.identity();
     }},
    {"the encryption certificate signs",
     "admission.refused.wrong_usage",
     {{"peer", "127.0.0.2"}},
     [](LinkBed&, const Kiosk& kiosk) {
       auto out = kiosk.identity();
       out.signing = kiosk.pair.encryption;
       out.signing_key = kiosk.pair.encryption_key;
       return out;
     }},
    {"no encryption certificate",
     "admission.refused.wrong_usage",
     {{"peer", "127.0.0.2"}},
     [](LinkBed&, const Kiosk& kiosk) {
       auto out = kiosk.identity();
       out.encryption.reset();
       out.encryption_key.reset();
       return out;
     }},
    {"another kiosk's encryption certificate",
     "admission.refused.bad_certificate",
     {{"reason", "mismatched_pair"}},
     [](LinkBed& bed, const Kiosk& kiosk) {
       auto out = kiosk.identity();
       const auto other = Kiosk::enrolled(bed.platform, "127.0.0.3");
       out.encryption = other.pair.encryption;
       out.encryption_key = other.pair.encryption_key;
       return out;
     }},
    {"a list without end",
     "admission.refused.bad_certificate",
     {{"reason", "malformed"}},
     [](LinkBed&, const Kiosk& kiosk) {
       auto out = kiosk.identity();
       out.chain.assign(8, test_keys().authority().certificate());
       return out;
     }},
    {"a certificate without its key",
     "channel.refused",
     {{"reason", "bad_peer_signature"}},
     [](LinkBed&, const Kiosk& kiosk) {
       auto out = kiosk.identity();
       out.signing_key = take(crypto::Sm2PrivateKey::generate());
       return out;
     }},
};

TEST(Admission, CertificatesAreRefusedByTheirCodesAndOneAlert) {
  std::set<std::string> answers;
  for (const auto& test : kCertificates) {
    SCOPED_TRACE(test.name);
    LinkBed bed;
    const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
    auto peer = bed.connect(test.identity(bed, kiosk), kiosk.address);
    EXPECT_FALSE(peer->handshake());
    EXPECT_TRUE(peer->ended());
    answers.insert(answer(*peer));
    expect_entry(bed, test.type, test.params, std::nullopt);
    EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.handshake_refused peer=127.0.0.2") == 1; }))
        << "one log line";
  }
  EXPECT_EQ(answers.size(), 1u) << ::testing::PrintToString(answers);
  EXPECT_THAT(*answers.begin(), ::testing::EndsWith(" 21:022a ")) << "fatal bad_certificate";
}

TEST(Admission, ARevokedCertificateIsNamedBySerialAndAnExpiredOneByDate) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  const auto expired = issued(test_keys().authority(), bed, kiosk, -2 * kDay);
  EXPECT_FALSE(bed.connect(expired)->handshake());
  EXPECT_EQ(bed.recorded("admission.refused.expired").params().at("not_after"),
            to_rfc3339(expired.signing.not_after()));
  EXPECT_EQ(bed.recorded("admission.refused.expired").params().at("subject"), expired.signing.subject().text());
  take(bed.platform.devices.disable(kiosk.id, "stolen", bed.platform.security));
  EXPECT_FALSE(bed.connect(kiosk)->handshake());
  EXPECT_EQ(bed.recorded("admission.refused.revoked").params().at("serial"), to_hex(kiosk.pair.signing.serial()));
}

struct ReportCase {
  std::string name, type;
  Params params{};
  bool names_device = true;
  std::function<void(LinkBed&, Kiosk&)> before = [](auto&, auto&) {};
  std::function<void(v1::AdmissionReport&)> spoil = [](auto&) {};  // before it is signed
  std::string from = "127.0.0.2";
  std::function<v1::Signed(const v1::AdmissionReport&)> sign = [](const auto& r) { return testing::signed_report(r); };
};

const ReportCase kReports[] = {
    {.name = "a device that the platform does not know",
     .type = "admission.refused.unknown_device",
     .params = {{"peer", "127.0.0.2"}},
     .names_device = false,
     .before =
         [](LinkBed& bed, Kiosk& kiosk) {
           kiosk.id = DeviceId::make(bed.platform.clock.now(), bed.platform.random);
           const auto identity = issued(test_keys().authority(), bed, kiosk, {});
           kiosk.pair = {identity.signing, *identity.encryption, *identity.encryption_key};
         }},
    {.name = "the platform's certificate, which is no kiosk's",
     .type = "admission.refused.unknown_device",
     .params = {{"peer", "127.0.0.2"}},
     .names_device = false,
     .before =
         [](LinkBed& bed, Kiosk& kiosk) {
           kiosk.pair = take(test_keys().authority().issue_platform("platform", {}, test_key().public_key(),
                                                                    bed.platform.clock.now(), 1, bed.platform.random));
         }},
    {.name = "disabled, and the list is not out yet",
     .type = "admission.refused.disabled_device",
     .before =
         [](LinkBed& bed, Kiosk& kiosk) {
           good(bed.platform.store->write([&](auto& r) { return r.devices().disable(kiosk.id); }));
         }},
    {.name = "another address",
     .type = "admission.refused.wrong_ip",
     .params = {{"bound", "127.0.0.2"}, {"reported", "127.0.0.9"}, {"peer", "127.0.0.9"}},
     .from = "127.0.0.9"},
    {.name = "reports another address",
     .type = "admission.refused.wrong_ip",
     .params = {{"bound", "127.0.0.2"}, {"reported", "127.0.0.9"}, {"peer", "127.0.0.2"}},
     .spoil = [](auto& report) { report.set_address("127.0.0.9"); }},
    {.name = "another MAC",
     .type = "admission.refused.wrong_mac",
     .params = {{"bound", "02:4b:57:00:10:10"}, {"reported", "02:4b:57:00:10:11"}},
     .spoil = [](auto& report) { report.set_mac("02:4B:57:00:10:11"); }},
    {.name = "another board",
     .type = "admission.refused.wrong_digest",
     .params = {{"changed", "dmi.board_serial"}},
     .spoil = [](auto& report) { *report.mutable_hardware() = hardware("another"); }},
    {.name = "signed by another key",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "signature"}},
     .sign = [](const auto& r) { return testing::signed_report(r, take(crypto::Sm2PrivateKey::generate())); }},
    {.name = "signed as something else",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "signature"}},
     .sign = [](const auto& r) { return take(pki::sign_object("order", schema::serialise(r), test_key())); }},
    {.name = "no report inside",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "form"}},
     .sign = [](const auto&) { return take(pki::sign_object("admission", Bytes(40, 0xff), test_key())); }},
    {.name = "another version",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "form"}},
     .spoil = [](auto& report) { report.set_version(2); }},
    {.name = "a replayed challenge",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "challenge"}},
     .spoil = [](auto& report) { report.set_challenge(std::string(32, 'c')); }},
    {.name = "another channel",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "channel_binding"}},
     .spoil = [](auto& report) { report.set_channel_binding(std::string(32, 'b')); }},
    {.name = "another device's report",
     .type = "admission.refused.bad_report",
     .params = {{"reason", "device"}},
     .spoil = [](auto& report) { report.set_device_id(std::string(16, 'd')); }},
};

TEST(Admission, ReportsAreRefusedByTheirCodesAndWithoutAWord) {
  std::set<std::string> answers;
  for (const auto& test : kReports) {
    SCOPED_TRACE(test.name);
    LinkBed bed;
    auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
    const auto bound = kiosk.id;
    test.before(bed, kiosk);
    auto peer = bed.connect(kiosk.identity(), test.from);
    ASSERT_TRUE(peer->handshake());
    auto report = kiosk.report();
    report.set_challenge(peer->welcomed());
    report.set_channel_binding(copy_text(peer->engine().channel_binding()));
    test.spoil(report);
    v1::Envelope out;
    *out.mutable_admission() = test.sign(report);
    peer->write(std::move(out));
    EXPECT_TRUE(peer->ended());
    answers.insert(answer(*peer));
    expect_entry(bed, test.type, test.params, test.names_device ? std::optional(bound) : std::nullopt);
    EXPECT_FALSE(take(bed.platform.devices.get(bound)).online);
    EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed") == 1; })) << "one log line";
  }
  EXPECT_EQ(answers.size(), 1u) << ::testing::PrintToString(answers);
}

/// A copied certificate on a second machine: the first one stays, and both places are named.
TEST(Admission, ASecondMachineIsRefusedWhileTheFirstTalks) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto first = bed.admitted(kiosk);
  auto copy = kiosk;
  copy.boot = "boot-2";
  auto second = bed.connect(copy.identity(), "127.0.0.9");
  ASSERT_TRUE(second->handshake());
  second->admission(copy.report(), second->welcomed());
  EXPECT_TRUE(second->ended());
  const auto entry = bed.recorded("admission.refused.duplicate_session");
  EXPECT_EQ(entry.params().at("peer"), "127.0.0.9");
  EXPECT_EQ(entry.params().at("other_peer"), "127.0.0.2");
  EXPECT_EQ(entry.device_id(), copy_text(kiosk.id.bytes()));
  v1::Envelope beat;
  beat.mutable_heartbeat()->set_state(v1::NORMAL);
  first->write(std::move(beat));
  EXPECT_TRUE(first->read().has_value()) << "the first one is served on";
  EXPECT_TRUE(bed.device(kiosk).online);
}

/// at_first_grant runs something once, when the first admission was committed and its session is not known yet.
void at_first_grant(LinkBed& bed, const Kiosk& kiosk, std::function<void()> what) {
  const auto done = std::make_shared<std::atomic<bool>>(false);
  bed.on_commit = [&bed, id = kiosk.id, what = std::move(what), done](const Effects& effects) {
    if (effects.devices.contains(id) && !bed.entries("admission.granted").empty() && !done->exchange(true)) what();
  };
}

TEST(Admission, ADeviceThatIsDisabledInTheSameMomentStaysOut) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  at_first_grant(bed, kiosk, [&] { take(bed.platform.devices.disable(kiosk.id, "stolen", bed.platform.security)); });
  auto peer = bed.connect(kiosk);
  EXPECT_FALSE(peer->admit(kiosk.report()).has_value());
  EXPECT_TRUE(peer->ended());
  bed.recorded("link.lost");
  EXPECT_FALSE(bed.device(kiosk).online);
}

TEST(Admission, OfTwoMachinesThatComeTogetherOneIsAdmitted) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  std::unique_ptr<Peer> first;
  at_first_grant(bed, kiosk, [&] { first = bed.admitted(kiosk); });
  auto copy = kiosk;
  copy.boot = "boot-2";
  auto second = bed.connect(copy);
  EXPECT_FALSE(second->admit(copy.report()).has_value());
  EXPECT_TRUE(second->ended());
  EXPECT_EQ(bed.recorded("admission.refused.duplicate_session").device_id(), copy_text(kiosk.id.bytes()));
  v1::Envelope beat;
  beat.mutable_heartbeat();
  first->write(beat);
  EXPECT_TRUE(first->read().has_value());
  EXPECT_TRUE(bed.device(kiosk).online);
  EXPECT_TRUE(bed.entries("link.lost").empty());
}

TEST(Admission, AMachineThatFellSilentDoesNotKeepTheNextBootOut) {
  LinkBed bed(LinkOptions(5));
  auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto first = bed.admitted(kiosk);
  kiosk.boot = "boot-2";
  bed.platform.clock.advance(std::chrono::seconds(10));
  auto second = bed.admitted(kiosk);
  EXPECT_TRUE(first->ended()) << "put out by the second";
  EXPECT_TRUE(bed.entries("admission.refused.duplicate_session").empty());
  EXPECT_TRUE(bed.entries("link.lost").empty()) << "the device is on line all the time";
  EXPECT_TRUE(bed.device(kiosk).online);
}

TEST(Admission, TheSameBootTakesItsSessionOver) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto first = bed.admitted(kiosk);
  auto second = bed.admitted(kiosk);
  EXPECT_TRUE(first->ended());
  EXPECT_EQ(bed.recorded("admission.granted", 2).params().at("peer"), "127.0.0.2");
  EXPECT_TRUE(bed.entries("admission.refused.duplicate_session").empty());
}

TEST(Admission, WhoDoesNotSpeakTlcpIsRecordedOnceAndAScanIsNot) {
  LinkBed bed;
  bed.connect()->hang_up();
  auto peer = bed.connect();
  peer->say(bytes_of("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("channel.refused").params().at("reason"), "malformed_record");
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.handshake_refused") == 2; })) << "a line for both";
  EXPECT_EQ(bed.entries("channel.refused").size(), 1u);
}

TEST(Admission, WhatWasReportedIsStored) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto report = kiosk.report();
  report.set_state(v1::DEGRADED);
  report.set_policy_revision(7);
  report.set_policy_digest(std::string(32, 'p'));
  auto peer = bed.connect(kiosk);
  ASSERT_TRUE(peer->admit(report).has_value());
  const auto device = bed.device(kiosk);
  EXPECT_EQ(device.state, v1::DEGRADED);
  EXPECT_EQ(device.policy_revision, 7u);
  EXPECT_EQ(device.policy_digest, Bytes(32, 'p'));
  EXPECT_EQ(device.agent_version, "1.2.3");
  EXPECT_EQ(device.last_seen, bed.platform.clock.now());
  const auto entry = bed.recorded("admission.granted");
  EXPECT_EQ(entry.params().at("suite"), tlcp::name(*peer->engine().suite()));
  EXPECT_EQ(entry.params().at("agent_version"), "1.2.3");
}

TEST(Admission, APolicyOfYesterdayIsTold) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  for (const std::uint64_t revision : {7, 7, 8}) {
    auto report = kiosk.report();
    report.set_policy_revision(revision);
    ASSERT_TRUE(bed.connect(kiosk)->admit(report).has_value());
    ASSERT_TRUE(bed.soon([&] { return !bed.device(kiosk).online; }));
  }
  EXPECT_TRUE(bed.entries("policy.rolled_back").empty());
  auto report = kiosk.report();
  report.set_policy_revision(7);
  ASSERT_TRUE(bed.connect(kiosk)->admit(report).has_value());
  const auto entry = bed.recorded("policy.rolled_back");
  EXPECT_EQ(entry.params().at("revision"), "7");
  EXPECT_EQ(entry.params().at("in_force"), "8");
}

/// Refusals at the desk, without a wire.
struct AdmissionDeskTest : ::testing::Test {
  void refuse(const Kiosk& kiosk, const std::string& from) {
    const auto verdict = desk.admit(kiosk.pair.signing, testing::signed_report(kiosk.report()), {from, "", {}, {}});
    EXPECT_EQ(testing::code(verdict), Errc::forbidden);
  }
  testing::Platform platform;
  AdmissionDesk desk{platform.changes};
};

TEST_F(AdmissionDeskTest, APeerDoesNotFloodTheLedger) {
  const auto kiosk = Kiosk::enrolled(platform, "127.0.0.2");
  for (int i = 0; i < 25; ++i) {
    refuse(kiosk, "127.0.0.2");
    good(desk.refused_handshake("127.0.0.2", {tlcp::Failure::malformed_record, {}, {}}, {}));
    good(desk.refuse_duplicate(kiosk.id, "127.0.0." + std::to_string(i), "127.0.0.2"));
  }
  EXPECT_EQ(platform.count("admission.refused.bad_report"), 20u);
  EXPECT_EQ(platform.count("channel.refused"), 20u);
  EXPECT_EQ(platform.count("admission.refused.duplicate_session"), 20u) << "a certificate on many machines is one";
  platform.clock.advance(std::chrono::seconds(61));
  refuse(kiosk, "127.0.0.2");
  EXPECT_EQ(platform.count("admission.refused.bad_report"), 21u);
}

TEST_F(AdmissionDeskTest, ACrowdOfStrangersHidesNoMisuseOfACertificate) {
  for (std::size_t i = 0; i <= RefusalThrottle::kMostWindows + 100; ++i)
    good(desk.refused_handshake(std::to_string(i), {tlcp::Failure::malformed_record, {}, {}}, {}));
  EXPECT_EQ(take(platform.store->read([](auto& r) { return r.outbox().last_position(); })),
            static_cast<std::int64_t>(RefusalThrottle::kMostWindows) + 20);
  refuse(Kiosk::enrolled(platform, "127.0.0.2"), "127.0.0.2");
  const auto alarms = take(platform.alarms.page({})).items;
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms.front().type, "admission.refused.bad_report");
}

}  // namespace
}  // namespace kw::server
