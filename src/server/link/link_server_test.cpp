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

}  // namespace
}  // namespace kw::server
