#include "platform/linux/local_minute.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace kw::platform {
namespace {

TEST(LocalMinute, follows_the_zone_and_its_summer_time) {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? std::string() : before;
  const auto wall = [](const char* zone, const char* utc) {
    ::setenv("TZ", zone, 1);
    return local_minute(from_rfc3339(utc).value()) % (24 * 60);
  };
  EXPECT_EQ(wall("CST-8", "2026-11-26T18:30:00Z"), 2 * 60 + 30);
  constexpr auto kSummer = "CET-1CEST,M3.5.0,M10.5.0/3";
  EXPECT_EQ(wall(kSummer, "2026-03-29T00:59:00Z"), 1 * 60 + 59);
  EXPECT_EQ(wall(kSummer, "2026-03-29T01:00:00Z"), 3 * 60);
  EXPECT_EQ(wall(kSummer, "2026-10-25T00:30:00Z"), 2 * 60 + 30);
  EXPECT_EQ(wall(kSummer, "2026-10-25T01:30:00Z"), 2 * 60 + 30) << "the hour that comes twice";
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", kept.c_str(), 1);
}

}  // namespace
}  // namespace kw::platform
