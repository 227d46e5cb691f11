#include "device/programs/births.h"

#include <gtest/gtest.h>

namespace kw::device {
namespace {

int looks(Births& births, std::optional<std::uint64_t> number, int seconds) {
  int out = 0;
  for (int i = 0; i < seconds; ++i) out += births.due(number) ? 1 : 0;
  return out;
}

TEST(Births, AMachineOnWhichNothingIsBornIsLookedThroughLessOften) {
  Births births;
  EXPECT_EQ(looks(births, 7, 3), 3);
  EXPECT_EQ(looks(births, 7, 20), 4);
  EXPECT_TRUE(births.due(8)) << "at once when something was born";
  EXPECT_EQ(looks(births, 8, 2), 2) << "and until it has begun its program";
  EXPECT_EQ(looks(births, 8, 2), 0);
  EXPECT_EQ(looks(births, std::nullopt, 9), 9) << "what cannot be read is no reason to rest";
}

}  // namespace
}  // namespace kw::device
