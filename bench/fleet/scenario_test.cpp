#include "bench/fleet/scenario.h"

#include <gtest/gtest.h>

#include <fstream>

namespace kw::fleet {
namespace {

constexpr auto kHead = "version = 1\n";
constexpr auto kSite = "[[site]]\nname = \"hall\"\n";
constexpr auto kKiosk = "[[site.kiosk]]\nname = \"one\"\naddress = \"198.18.64.11\"\n";

Errc refusal(const std::string& text) {
  const auto made = parse_scenario(text);
  return made ? Errc::internal : made.code();
}

TEST(FleetScenario, ReadsWhatTheDemoHas) {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/demo/city.toml");
  const auto city = parse_scenario(std::string(std::istreambuf_iterator<char>(in), {}));
  ASSERT_TRUE(city) << city.error().text();
  ASSERT_EQ(city->sites.size(), 12U);
  std::size_t kiosks = 0, real = 0;
  for (const auto& site : city->sites) {
    for (const auto& kiosk : site.kiosks) {
      ++kiosks;
      real += kiosk.real ? 1 : 0;
    }
  }
  EXPECT_EQ(kiosks, 60U);
  EXPECT_EQ(real, 3U);
}

TEST(FleetScenario, ReadsEveryKey) {
  const auto city =
      parse_scenario(std::string(kHead) +
                     "seed = 9\n[rates]\nevents_per_hour = 60\nhistory_days = 3\nhistory_events = 5\n"
                     "heartbeat_ms = 250\n" +
                     kSite + "district = \"d\"\naddress = \"a\"\ncustodian = \"c\"\ncustodian_phone = \"1\"\n" +
                     kKiosk + "deed = [{ what = \"offline\", at = 5, lasts = 6, every = 20 }]\n");
  ASSERT_TRUE(city) << city.error().text();
  EXPECT_EQ(city->seed, 9U);
  EXPECT_EQ(city->rates.heartbeat, std::chrono::milliseconds(250));
  const auto& kiosk = city->sites.at(0).kiosks.at(0);
  EXPECT_EQ(kiosk.mac, "02:4b:c6:12:40:0b") << "made of the address";
  ASSERT_EQ(kiosk.deeds.size(), 1U);
  EXPECT_EQ(name(kiosk.deeds[0].act), "offline");
  EXPECT_EQ(kiosk.deeds[0].lasts, Seconds(6));
  EXPECT_EQ(kiosk.deeds[0].every, Seconds(20));
}

TEST(FleetScenario, RefusesWhatItDoesNotKnow) {
  const std::string head = kHead, good = head + kSite + kKiosk;
  ASSERT_TRUE(parse_scenario(good));
  EXPECT_EQ(refusal("version = 2\n"), Errc::unsupported);
  EXPECT_EQ(refusal(""), Errc::unsupported);
  EXPECT_EQ(refusal("version ="), Errc::malformed);
  EXPECT_EQ(refusal(std::string(kMostScenario + 1, '#')), Errc::too_large);
  for (const auto* wrong : {"colour = 1\n", "name = \"\"\n", "real = 1\n", "mac = \"00:00:00:00:00:00\"\n",
                            "deed = [{ what = \"dance\", at = 1 }]\n", "deed = [{ what = \"offline\", at = 1 }]\n",
                            "deed = [{ what = \"malware\", at = 1, lasts = 2 }]\n",
                            "deed = [{ what = \"offline\", at = 1, lasts = 9, every = 9 }]\n",
                            "real = true\ndeed = [{ what = \"malware\", at = 1 }]\n",
                            "[[site.kiosk]]\nname = \"two\"\naddress = \"198.18.64.11\"\n",
                            "[[site.kiosk]]\nname = \"two\"\naddress = \"198.18.64.0/24\"\n",
                            "[[site.kiosk]]\naddress = \"198.18.64.12\"\n", "[[site]]\nname = \"hall\"\n"}) {
    const auto code = refusal(good + wrong);
    EXPECT_TRUE(code == Errc::invalid || code == Errc::malformed) << wrong;
  }
}

}  // namespace
}  // namespace kw::fleet
