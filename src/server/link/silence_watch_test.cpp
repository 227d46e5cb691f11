#include "server/link/silence_watch.h"

#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::Kiosk;
using testing::LinkBed;

const Timestamp kNow = Timestamp::from_seconds(1'795'000'000);

store::Device device(Byte number, bool online, std::optional<Duration> heard_ago) {
  RawId raw{};
  raw[15] = number;
  store::Device out;
  out.id = DeviceId(raw);
  out.online = online;
  if (heard_ago) out.last_seen = kNow - *heard_ago;
  return out;
}

TEST(SilenceWatch, TellsWhoIsOffLineForMoreThanAMinute) {
  SilenceWatch watch(kNow - 10h);
  const auto silent = watch.look({device(1, false, 61s), device(2, false, 60s), device(3, true, 300s),
                                  device(4, false, std::nullopt), device(5, false, 2h)},
                                 kNow);
  ASSERT_EQ(silent.size(), 2u);
  EXPECT_EQ(silent[0].device.id, device(1, false, {}).id);
  EXPECT_EQ(silent[0].since_heard, 61s);
  EXPECT_EQ(silent[1].device.id, device(5, false, {}).id);
}

TEST(SilenceWatch, TellsEachAbsenceOnce) {
  SilenceWatch watch(kNow - 10h);
  const std::vector<store::Device> away{device(1, false, 61s)}, later{device(1, false, -100s)};
  EXPECT_EQ(watch.look(away, kNow).size(), 1u);
  EXPECT_EQ(watch.look(away, kNow).size(), 1u) << "until it was really told";
  watch.told(away.front());
  EXPECT_TRUE(watch.look(away, kNow + 1h).empty());
  EXPECT_EQ(watch.look(later, kNow + 1h).size(), 1u) << "another absence";
}

/// The fleet comes back within a minute of the server's start; that it was away before was the server's doing.
TEST(SilenceWatch, AServerThatStartsGivesEverybodyAMinute) {
  SilenceWatch watch(kNow);
  const std::vector<store::Device> away{device(1, false, 2h)};
  EXPECT_TRUE(watch.look(away, kNow + 60s).empty());
  const auto silent = watch.look(away, kNow + 61s);
  ASSERT_EQ(silent.size(), 1u);
  EXPECT_EQ(silent[0].since_heard, 2h + 61s);
}

TEST(SilenceWatch, AReturnBetweenTwoLooksBeginsAnotherAbsence) {
  SilenceWatch watch(kNow - 10h);
  auto away = device(1, false, 2h);
  EXPECT_EQ(watch.look({away}, kNow).size(), 1u);
  watch.told(away);
  away.last_seen = kNow;  // it was here for a moment
  EXPECT_EQ(watch.look({away}, kNow + 61s).size(), 1u);
}

TEST(SilenceWatch, AKioskThatStaysAwayIsAnAlarmOnce) {
  LinkOptions options;
  options.look_for_silence = 20ms;
  LinkBed bed(options);
  const auto kiosk = Kiosk::enrolled(bed.platform, "127.0.0.2");
  bed.admitted(kiosk)->hang_up();
  bed.recorded("link.lost");
  bed.platform.clock.advance(61s);
  const auto entry = bed.recorded("device.silent");
  EXPECT_EQ(entry.device_id(), copy_text(kiosk.id.bytes()));
  EXPECT_EQ(entry.params().at("seconds"), "61");
  auto peer = bed.admitted(kiosk);
  peer->hang_up();
  bed.recorded("link.lost", 2);
  bed.platform.clock.advance(70s);
  EXPECT_EQ(bed.recorded("device.silent", 2).params().at("seconds"), "70");
  EXPECT_EQ(bed.entries("device.silent").size(), 2u);
}

}  // namespace
}  // namespace kw::server
