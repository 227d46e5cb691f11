// What one peer may cost the platform: time, memory and connections, before it is admitted and after.
#include "base/writer.h"
#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::Kiosk;
using testing::LinkBed;
using testing::take;

Bytes announcing(std::uint32_t octets) {
  Writer out;
  out.u32(octets);
  return std::move(out).take();
}

using namespace std::chrono_literals;

LinkOptions with_step(std::chrono::milliseconds step) {
  LinkOptions out;
  out.step = step;
  return out;
}
LinkOptions with_silence(std::chrono::milliseconds silence) {
  LinkOptions out;
  out.silence = silence;
  return out;
}
Bytes envelope_of(std::size_t octets) {
  v1::Envelope out;
  out.set_version(1);
  out.set_sequence(1);
  out.mutable_problem()->set_code(std::string(octets, 'x'));
  return take(net::encode_envelope(out));
}

TEST(HostilePeer, SaysNothing) {
  LinkBed bed(with_step(100ms));
  auto peer = bed.connect();
  EXPECT_TRUE(peer->ended());
  EXPECT_TRUE(peer->heard().empty());
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.handshake_refused peer=127.0.0.1 reason=timeout") == 1; }));
  EXPECT_TRUE(bed.entries("channel.refused").empty()) << "a scan is no entry of the ledger";
}

/// Progress does not move the deadline: the handshake ends in its time, octet by octet or not at all.
TEST(HostilePeer, DripsItsHandshake) {
  LinkBed bed(with_step(250ms));
  auto peer = bed.connect();
  const auto hello = peer->greeting();
  ASSERT_GT(hello.size(), 50u);
  EXPECT_TRUE(peer->drip(hello, 10ms));
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.handshake_refused peer=127.0.0.1 reason=timeout") == 1; }));
}

TEST(HostilePeer, DripsItsFirstMessage) {
  LinkBed bed(with_step(1s));
  auto peer = bed.connect();
  ASSERT_TRUE(peer->handshake());
  peer->welcomed();
  EXPECT_TRUE(peer->drip(peer->protect(envelope_of(200)), 10ms));
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed peer=127.0.0.1 reason=timeout") == 1; }));
}

TEST(HostilePeer, SpeaksInRecordsThatAddUpToNothing) {
  LinkBed bed(with_silence(250ms));
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto peer = bed.admitted(kiosk);
  auto octets = envelope_of(200);
  Bytes records;  // one octet a record: whole to TLCP, and no message
  for (const auto& octet : octets) append(records, peer->protect(ByteView(&octet, 1)));
  EXPECT_TRUE(peer->drip(records, 1ms));
  EXPECT_EQ(bed.recorded("link.lost").params().at("reason"), "timeout: read");
}

TEST(HostilePeer, IsAdmittedAndFallsSilent) {
  LinkBed bed(with_silence(250ms));
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto peer = bed.admitted(kiosk);
  EXPECT_TRUE(peer->ended());
  EXPECT_EQ(bed.recorded("link.lost").params().at("reason"), "timeout: read");
  EXPECT_FALSE(bed.device(kiosk).online);
}

TEST(HostilePeer, HoldsConnectionsOpenAndKeepsNobodyElseOut) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  std::vector<std::unique_ptr<testing::Peer>> held;
  for (std::size_t i = 0; i < LinkOptions().connections_per_address; ++i) held.push_back(bed.connect({}, "127.0.0.9"));
  auto one_more = bed.connect({}, "127.0.0.9");
  EXPECT_TRUE(one_more->ended());
  EXPECT_EQ(bed.log.count("listener.refused peer=127.0.0.9 reason=rate_limited"), 1u);
  EXPECT_TRUE(bed.connect(kiosk)->admit(kiosk.report()).has_value());
  held.pop_back();
  EXPECT_TRUE(bed.soon([&] { return bed.connect({}, "127.0.0.9")->handshake(); })) << "a place that was given back";
}

TEST(HostilePeer, IsACrowdFromManyAddresses) {
  LinkOptions options;
  options.strangers = 8;
  LinkBed bed(options);
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  const auto at = [](int i) { return "127.0.1." + std::to_string(i); };
  std::vector<std::unique_ptr<testing::Peer>> crowd;
  for (int i = 1; i <= 8; ++i) crowd.push_back(bed.connect({}, at(i)));
  const auto peer = bed.admitted(kiosk);  // long before the crowd's time is over
  EXPECT_TRUE(crowd.front()->ended()) << "the first to come is the first to go";
  for (int i = 9; i <= 24; ++i) crowd.push_back(bed.connect({}, at(i)));
  EXPECT_TRUE(crowd[15]->ended());
  v1::Envelope beat;
  beat.mutable_heartbeat();
  peer->write(beat);
  EXPECT_TRUE(peer->read().has_value()) << "who was admitted stays";
}

TEST(HostilePeer, AnnouncesMoreThanAStrangerMaySend) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  for (const bool holder : {false, true}) {
    auto peer = holder ? bed.connect(kiosk) : bed.connect();
    ASSERT_TRUE(peer->handshake());
    peer->welcomed();
    peer->write_octets(announcing((64U << 10) + 1));
    EXPECT_TRUE(peer->ended()) << "at the length, before any octet of it";
  }
  EXPECT_TRUE(bed.soon([&] { return bed.log.count("link.closed peer=127.0.0.1 reason=too_large: envelope") == 1; }));
}

TEST(HostilePeer, AnAdmittedKioskMaySendAMebibyteAndNoMore) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto peer = bed.admitted(kiosk);
  v1::Envelope facts;
  for (int i = 0; i < 512; ++i) {
    auto* fact = facts.mutable_facts()->add_facts();
    fact->set_key("key-" + std::to_string(i));
    fact->set_value(std::string(1900, 'v'));
  }
  peer->write(facts);
  EXPECT_TRUE(bed.soon([&] { return take(bed.platform.devices.detail(kiosk.id)).facts.size() == 512; }));
  peer->write_octets(announcing((1U << 20) + 1));
  EXPECT_TRUE(peer->ended());
}

}  // namespace
}  // namespace kw::server
