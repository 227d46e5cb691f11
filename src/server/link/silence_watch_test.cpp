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
  SilenceWatch watch;
  const auto silent = watch.look({device(1, false, 61s), device(2, false, 60s), device(3, true, 300s),
                                  device(4, false, std::nullopt), device(5, false, 2h)},
                                 kNow);
  ASSERT_EQ(silent.size(), 2u);
  EXPECT_EQ(silent[0].device, device(1, false, {}).id);
  EXPECT_EQ(silent[0].since_heard, 61s);
  EXPECT_EQ(silent[1].device, device(5, false, {}).id);
}

TEST(SilenceWatch, TellsEachAbsenceOnce) {
  SilenceWatch watch;
  const std::vector<store::Device> away{device(1, false, 61s)}, back{device(1, true, 0s)};
  EXPECT_EQ(watch.look(away, kNow).size(), 1u);
  EXPECT_EQ(watch.look(away, kNow).size(), 1u) << "until it was really told";
  watch.told(away.front().id);
  EXPECT_TRUE(watch.look(away, kNow + 1h).empty());
  EXPECT_TRUE(watch.look(back, kNow).empty());
  EXPECT_EQ(watch.look(away, kNow).size(), 1u) << "another absence";
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
}

}  // namespace
}  // namespace kw::server
