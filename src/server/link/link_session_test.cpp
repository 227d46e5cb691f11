#include "server/link/link_session.h"

#include "crypto/sm3.h"
#include "ledger/witness.h"
#include "policy/baseline.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::batch;
using testing::good;
using testing::Kiosk;
using testing::LinkBed;
using testing::Peer;
using testing::take;

v1::Envelope events(std::initializer_list<std::uint64_t> sequences) {
  v1::Envelope out;
  *out.mutable_events() = batch(sequences);
  return out;
}

struct LinkSessionTest : ::testing::Test {
  /// beat sends a heartbeat that has seen this, and gives the answer.
  v1::HeartbeatAck beat(Peer& peer, const v1::Checkpoint& seen = {}) {
    v1::Envelope out;
    out.mutable_heartbeat()->set_state(v1::NORMAL);
    *out.mutable_heartbeat()->mutable_seen() = seen;
    const auto sent = peer.write(out);
    const auto answer = peer.read();
    EXPECT_TRUE(answer && answer->has_heartbeat_ack() && answer->correlation() == sent);
    return answer ? answer->heartbeat_ack() : v1::HeartbeatAck();
  }
  /// grow makes the ledger longer and signs its new head.
  void grow() {
    const auto position = take(bed.platform.changes.run([](Change& change) -> Result<std::int64_t> {
      KW_CHECK(change.record({.type = "audit.read"}));
      return change.position();
    }));
    EXPECT_TRUE(bed.soon([&] { return bed.feeder->durable_through() >= position; }));
    good(bed.keeper->tick(true));
  }
  LinkBed bed;
  Kiosk kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
};

TEST_F(LinkSessionTest, EventsAreAcknowledgedWhenTheLedgerHoldsThemAndNotBefore) {
  auto peer = bed.admitted(kiosk);
  bed.disk.full = true;
  const auto sent = peer->write(events({1, 2}));
  beat(*peer);  // the next answer is the heartbeat's: the link goes on, the acknowledgement waits
  beat(*peer);
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("ledger.feed error=no_space") == 1; }));
  EXPECT_EQ(bed.device(kiosk).acknowledged, 0u);
  bed.disk.full = false;
  const auto answer = peer->read();
  ASSERT_TRUE(answer && answer->has_event_ack());
  EXPECT_EQ(answer->correlation(), sent);
  EXPECT_EQ(answer->event_ack().through_sequence(), 2u);
  EXPECT_EQ(bed.device(kiosk).acknowledged, 2u);
  EXPECT_EQ(bed.entries("notice.shown").size(), 2u);
}

TEST_F(LinkSessionTest, WhatWasNotAcknowledgedIsSentAgainAndStoredOnce) {
  bed.disk.full = true;
  auto first = bed.admitted(kiosk);
  first->write(events({1, 2}));
  beat(*first);
  first->hang_up();
  auto second = bed.connect(kiosk);
  const auto admitted = second->admit(kiosk.report());
  ASSERT_TRUE(admitted.has_value());
  EXPECT_EQ(admitted->acknowledged_sequence(), 0u);
  second->write(events({1, 2, 3}));
  beat(*second);
  bed.disk.full = false;
  const auto answer = second->read();
  ASSERT_TRUE(answer && answer->has_event_ack());
  EXPECT_EQ(answer->event_ack().through_sequence(), 3u);
  EXPECT_EQ(bed.entries("notice.shown").size(), 3u);
  second->hang_up();
  EXPECT_EQ(bed.connect(kiosk)->admit(kiosk.report())->acknowledged_sequence(), 3u);
}

/// Events that wait for the ledger cost memory here; an agent sends 2,048 ahead at most.
TEST_F(LinkSessionTest, WhoSendsWithoutEndAheadOfTheLedgerIsEnded) {
  bed.disk.full = true;
  auto peer = bed.admitted(kiosk);
  std::uint64_t sequence = 0;
  const auto full_batch = [&] {
    v1::Envelope out;
    for (int k = 0; k < 256; ++k) *out.mutable_events()->add_events() = testing::event(++sequence);
    return out;
  };
  for (int i = 0; i < 16; ++i) peer->write(full_batch());
  beat(*peer);
  peer->write(events({sequence + 1}));
  EXPECT_TRUE(peer->ended());
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed peer=127.0.0.2 reason=malformed") == 1; }));
  bed.disk.full = false;
  EXPECT_EQ(bed.recorded("link.bad_message").params().at("reason"),
            "malformed: more events than may wait for their acknowledgement");
  EXPECT_TRUE(bed.soon([&] { return bed.device(kiosk).acknowledged == sequence; })) << "what was sent before is kept";
  auto next = bed.connect(kiosk);
  EXPECT_EQ(next->admit(kiosk.report())->acknowledged_sequence(), sequence);
  for (int i = 0; i < 17; ++i) {
    next->write(full_batch());
    const auto answer = next->read();
    ASSERT_TRUE(answer && answer->has_event_ack()) << "what is acknowledged makes room";
    ASSERT_EQ(answer->event_ack().through_sequence(), sequence);
  }
}

TEST_F(LinkSessionTest, AStoreThatCannotCommitEndsTheLinkWithoutAnAcknowledgement) {
  auto peer = bed.admitted(kiosk);
  bed.platform.store->full = true;
  peer->write(events({1}));
  EXPECT_TRUE(peer->ended());
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed peer=127.0.0.2 reason=no_space") == 1; }));
  bed.platform.store->full = false;
  auto next = bed.admitted(kiosk);
  next->write(events({1}));
  const auto answer = next->read();
  ASSERT_TRUE(answer && answer->has_event_ack());
  EXPECT_EQ(bed.entries("notice.shown").size(), 1u);
  EXPECT_TRUE(bed.entries("link.bad_message").empty()) << "not the kiosk's fault";
}

TEST_F(LinkSessionTest, AHeartbeatIsAnsweredWithTheProofThatItsWitnessNeeds) {
  const auto& key = testing::test_keys().ledger_key().public_key();
  grow();
  auto peer = bed.admitted(kiosk);
  const auto judge = [&](const std::optional<ledger::Checkpoint>& seen, const v1::HeartbeatAck& ack) {
    const auto proof = ledger::proof_from_wire(ack.consistency());
    EXPECT_TRUE(proof);
    return ledger::witness(seen, ack.checkpoint(), *proof, key);
  };
  const auto first_ack = beat(*peer);
  EXPECT_EQ(first_ack.consistency_size(), 0);
  const auto first = judge(std::nullopt, first_ack);
  ASSERT_TRUE(first);

  const auto same_ack = beat(*peer, ledger::to_wire(*first));
  EXPECT_EQ(same_ack.consistency_size(), 0) << "nothing new, nothing to prove";
  EXPECT_TRUE(judge(*first, same_ack));

  for (int i = 0; i < 5; ++i) grow();
  const auto older_ack = beat(*peer, ledger::to_wire(*first));
  EXPECT_GT(older_ack.consistency_size(), 0);
  const auto second = judge(*first, older_ack);
  ASSERT_TRUE(second);
  EXPECT_GT(second->size, first->size);

  // A history that this ledger never had: the platform tells the truth, and the witness refuses it.
  auto forked = *first;
  forked.root[0] ^= 1;
  EXPECT_FALSE(judge(forked, beat(*peer, ledger::to_wire(forked))));
  auto forked_now = *second;
  forked_now.root[0] ^= 1;
  EXPECT_FALSE(judge(forked_now, beat(*peer, ledger::to_wire(forked_now))));
  auto ahead = *second;
  ahead.size += 1;
  const auto ahead_ack = beat(*peer, ledger::to_wire(ahead));
  EXPECT_EQ(ahead_ack.consistency_size(), 0);
  const auto shrunk = judge(ahead, ahead_ack);
  ASSERT_FALSE(shrunk);
  EXPECT_EQ(shrunk.error(), ledger::WitnessRefusal::shrank);

  v1::Checkpoint hostile;
  hostile.set_size(UINT64_MAX);
  EXPECT_EQ(beat(*peer, hostile).consistency_size(), 0);
  hostile.set_size(1);
  hostile.set_root("short");
  EXPECT_GT(beat(*peer, hostile).consistency_size(), 0) << "the proof is about the platform's tree alone";
}

TEST_F(LinkSessionTest, BeforeTheFirstCheckpointAHeartbeatIsAnsweredWithoutOne) {
  auto peer = bed.admitted(kiosk);
  const auto ack = beat(*peer);
  EXPECT_FALSE(ack.has_checkpoint());
  EXPECT_EQ(ack.server_time_ns(), bed.platform.clock.now().unix_ns);
}

TEST_F(LinkSessionTest, AnEnvelopeThatIsNoneEndsTheLinkAndIsRecorded) {
  v1::Envelope good_one;
  good_one.mutable_heartbeat()->set_state(v1::NORMAL);
  const auto spoilt = [&](std::uint32_t version, std::uint64_t sequence) {
    auto out = good_one;
    out.set_version(version);
    out.set_sequence(sequence);
    return take(net::encode_envelope(out));
  };
  const std::pair<Bytes, std::string> cases[] = {
      {spoilt(0, 2), "unsupported: envelope version"},        {spoilt(2, 2), "unsupported: envelope version"},
      {spoilt(1, 0), "conflict: envelope sequence"},          {spoilt(1, 1), "conflict: envelope sequence"},
      {spoilt(1, 3), "conflict: envelope sequence"},          {Bytes{0, 0, 0, 2, 0xff, 0xff}, "malformed: protobuf"},
      {Bytes{0xff, 0xff, 0xff, 0xff}, "too_large: envelope"},
  };
  std::size_t recorded = 0;
  for (const auto& [octets, reason] : cases) {
    SCOPED_TRACE(reason);
    auto peer = bed.admitted(kiosk);
    peer->write_octets(octets);
    EXPECT_TRUE(peer->ended());
    EXPECT_EQ(bed.recorded("link.bad_message", ++recorded).params().at("reason"), reason);
    EXPECT_EQ(bed.recorded("link.lost", recorded).params().at("reason"), reason);
  }
}

TEST_F(LinkSessionTest, ARecordThatWasTamperedWithIsRecorded) {
  auto peer = bed.admitted(kiosk);
  auto record = peer->protect(Bytes(40, 0));
  record.back() ^= 1;
  peer->say(record);
  EXPECT_TRUE(peer->ended());
  EXPECT_THAT(bed.recorded("link.bad_message").params().at("reason"), ::testing::StartsWith("decrypt_failed"));
}

TEST_F(LinkSessionTest, AKioskThatGoesIsLostAndDidNothingWrong) {
  auto peer = bed.admitted(kiosk);
  peer->hang_up();
  EXPECT_THAT(bed.recorded("link.lost").params().at("reason"), ::testing::StartsWith("truncated"));
  EXPECT_TRUE(bed.entries("link.bad_message").empty());
}

/// bundle stores a revision for one kiosk as PolicyService does; that service refuses to pin a loopback address.
store::Bundle bundle(testing::Platform& p, const Kiosk& kiosk, std::uint64_t revision, std::size_t octets = 20) {
  store::Policy policy;
  policy.revision = revision;
  store::Bundle out;
  out.id = BundleId::make(p.clock.now(), p.random);
  out.device = kiosk.id;
  out.revision = revision;
  out.signed_octets = schema::serialise(
      take(pki::sign_object("policy", Bytes(octets, static_cast<Byte>(revision)), testing::test_keys().command_key())));
  good(p.changes.run([&](Change& change) -> Result<> {
    KW_CHECK(change.repositories().policies().insert(policy));
    KW_CHECK(change.repositories().bundles().insert(out));
    change.bundle_made(kiosk.id);
    return {};
  }));
  return out;
}

TEST(LinkSessionLimits, AKioskThatDoesNotReadEndsItsLink) {
  LinkOptions options;
  options.step = std::chrono::milliseconds(1000);
  LinkBed bed(options);
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto peer = bed.admitted(kiosk);
  peer->read_little();
  for (std::uint64_t revision = 1; revision <= 12; ++revision) bundle(bed.platform, kiosk, revision, 900'000);
  EXPECT_THAT(bed.recorded("link.lost").params().at("reason"), ::testing::StartsWith("cancelled"));
  EXPECT_TRUE(bed.entries("link.bad_message").empty()) << "slow is not wrong";
  EXPECT_FALSE(bed.device(kiosk).online);
}

TEST_F(LinkSessionTest, ABundleReachesTheKioskThatDoesNotHaveItAndIsSentOnce) {
  auto& p = bed.platform;
  const auto first = bundle(p, kiosk, 1);
  auto report = kiosk.report();
  auto peer = bed.connect(kiosk);
  ASSERT_TRUE(peer->admit(report).has_value());
  auto pushed = peer->read();
  ASSERT_TRUE(pushed && pushed->has_policy());
  EXPECT_EQ(schema::serialise(pushed->policy()), first.signed_octets);
  beat(*peer);  // looks again for what waits, and finds nothing that was not sent
  const auto second = bundle(p, kiosk, 2);
  pushed = peer->read();
  ASSERT_TRUE(pushed && pushed->has_policy());
  EXPECT_EQ(schema::serialise(pushed->policy()), second.signed_octets);

  v1::Envelope applied;
  applied.mutable_policy_report()->set_bundle_id(copy_text(second.id.bytes()));
  applied.mutable_policy_report()->set_revision(2);
  applied.mutable_policy_report()->set_outcome("applied");
  peer->write(applied);
  EXPECT_TRUE(bed.soon([&] { return bed.device(kiosk).policy_revision == 2; }));

  peer->hang_up();
  report.set_policy_revision(2);
  auto next = bed.connect(kiosk);
  ASSERT_TRUE(next->admit(report).has_value());
  beat(*next);  // nothing came between: it has the newest
}

TEST_F(LinkSessionTest, OrdersThatWaitAreSentAtAdmissionAndEachOnce) {
  auto& p = bed.platform;
  const auto order = take(p.orders.cut(kiosk.id, "while away", p.security));
  auto peer = bed.admitted(kiosk);
  const auto pushed = peer->read();
  ASSERT_TRUE(pushed && pushed->has_order());
  EXPECT_EQ(schema::serialise(pushed->order()), order.signed_octets);
  beat(*peer);
  peer->hang_up();
  bed.recorded("link.lost");
  auto again = bed.admitted(kiosk);
  ASSERT_TRUE(again->read()->has_order()) << "not settled: sent again on a new link";
  again->hang_up();
  p.clock.advance(std::chrono::hours(24));
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed") == 2; }));
  good(bed.platform.ca.publish_crl());
  auto late = bed.admitted(kiosk);
  beat(*late);  // an order that has expired is not sent
}

TEST_F(LinkSessionTest, NewsOfOneKioskGoToNoOther) {
  const auto other = Kiosk::enrolled(bed.platform, "127.0.0.3");
  auto mine = bed.admitted(kiosk), theirs = bed.admitted(other);
  take(bed.platform.orders.cut(kiosk.id, "test", bed.platform.security));
  ASSERT_TRUE(mine->read()->has_order());
  beat(*theirs);
}

TEST_F(LinkSessionTest, ADisabledDeviceIsPutOutAtOnceAndStaysOut) {
  auto peer = bed.admitted(kiosk);
  take(bed.platform.devices.disable(kiosk.id, "stolen", bed.platform.security));
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("link.lost").device_id(), copy_text(kiosk.id.bytes()));
  EXPECT_FALSE(bed.device(kiosk).online);
  EXPECT_FALSE(bed.connect(kiosk)->handshake());
}

/// A text that was cut through a character makes an entry that nobody can read: the ledger's feeder stopped at it.
TEST_F(LinkSessionTest, WhatAKioskWritesDoesNotStopTheLedger) {
  std::string text;
  for (int i = 0; i < 22; ++i) text += "字";  // 66 octets
  auto report = kiosk.report();
  report.set_agent_version(text);
  auto peer = bed.connect(kiosk);
  ASSERT_TRUE(peer->admit(report).has_value());
  EXPECT_EQ(bed.recorded("admission.granted").params().at("agent_version"), text.substr(0, 63));
  EXPECT_EQ(bed.device(kiosk).agent_version, text.substr(0, 63));
  v1::Envelope problem;
  problem.mutable_problem()->set_code(text);
  peer->write(problem);
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("link.lost").params().at("reason"), "closed: the kiosk reports " + text.substr(0, 63));
  EXPECT_TRUE(bed.soon([&] { return bed.platform.outbox().empty(); })) << "all is in the ledger";
}

TEST_F(LinkSessionTest, AnApprovedBaselineIsSentAtEachAdmissionUntilItIsReported) {
  auto peer = bed.admitted(kiosk);
  v1::Envelope learnt;
  auto& proposal = *learnt.mutable_baseline_proposal();
  proposal.set_section("interfaces");
  proposal.set_content(std::string(policy::kMostBaselineContent, 'x'));
  proposal.set_digest(copy_text(crypto::sm3(bytes_of(proposal.content()))));
  peer->write(learnt);
  bed.recorded("baseline.proposed");
  const auto now = [&] { return take(bed.platform.baselines.of_device(kiosk.id)).at(0); };
  const auto approved = take(bed.platform.baselines.approve(now().id, "test", bed.platform.security));
  const auto report = [&](const std::string& outcome) {
    v1::Envelope out;
    out.mutable_baseline_report()->set_section("interfaces");
    out.mutable_baseline_report()->set_revision(1);
    out.mutable_baseline_report()->set_outcome(outcome);
    peer->write(out);
    EXPECT_TRUE(bed.soon([&] { return now().outcome == outcome; }));
  };
  const auto heard = [&] {
    const auto envelope = peer->read();
    ASSERT_TRUE(envelope && envelope->has_baseline());
    EXPECT_EQ(schema::serialise(envelope->baseline()), approved.signed_octets) << "the largest one fits";
  };
  const auto again = [&] {
    peer->hang_up();
    peer = bed.connect(kiosk);
    ASSERT_TRUE(peer->admit(kiosk.report()).has_value());
  };
  heard();
  beat(*peer);  // answered next: it is not sent twice over one link
  again();
  heard();
  report("failed");
  beat(*peer);
  again();
  heard();
  report("applied");
  again();
  beat(*peer);  // and no baseline in front of the answer
}

}  // namespace
}  // namespace kw::server
