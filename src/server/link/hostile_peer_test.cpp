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
