#include "server/link/link_server.h"

#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using testing::Kiosk;
using testing::LinkBed;
using testing::take;

TEST(LinkServer, AnAdmittedKioskIsOnLineUntilItGoes) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto peer = bed.connect(kiosk);
  const auto admitted = peer->admit(kiosk.report());
  ASSERT_TRUE(admitted.has_value());
  EXPECT_EQ(admitted->heartbeat_seconds(), 5u);
  EXPECT_EQ(admitted->acknowledged_sequence(), 0u);
  EXPECT_TRUE(bed.device(kiosk).online);
  EXPECT_EQ(bed.recorded("admission.granted").params().at("peer"), "127.0.0.2");
  peer->hang_up();
  EXPECT_EQ(bed.recorded("link.lost").params().at("peer"), "127.0.0.2");
  EXPECT_FALSE(bed.device(kiosk).online);
}

TEST(LinkServer, StoppingEndsEveryConnectionAtOnce) {
  LinkBed bed;
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  auto admitted = bed.admitted(kiosk), silent = bed.connect(), greeted = bed.connect();
  ASSERT_TRUE(greeted->handshake());
  greeted->welcomed();
  bed.link->stop();
  EXPECT_TRUE(admitted->ended());
  EXPECT_TRUE(silent->ended());
  EXPECT_TRUE(greeted->ended());
  EXPECT_EQ(bed.recorded("link.lost").device_id(), copy_text(kiosk.id.bytes()));
  EXPECT_TRUE(bed.soon([&] { return !testing::Peer(bed.link->port(), bed.platform.clock, {}).connected(); }));
}

}  // namespace
}  // namespace kw::server
