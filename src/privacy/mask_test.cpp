#include "privacy/mask.h"

#include <gtest/gtest.h>

#include <fstream>

namespace kw::privacy {
namespace {

TEST(Mask, HidesIdentifiersAndNothingElse) {
  std::ifstream file(KW_SOURCE_DIR "/src/privacy/testdata/identifiers.tsv");
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    EXPECT_EQ(hide_identifiers(line.substr(0, tab)), line.substr(tab + 1)) << line;
    ++cases;
  }
  EXPECT_EQ(cases, 20);
}

TEST(Mask, ShowsTooLittleToFindSomebody) {
  EXPECT_EQ(masked("张三"), "张**");
  EXPECT_EQ(masked("欧阳予倩"), "欧**");
  EXPECT_EQ(masked("Li Lei"), "L**");
  EXPECT_EQ(masked("13800138078"), "138****78");
  EXPECT_EQ(masked("0755-8801234"), "075****34");
  EXPECT_EQ(masked("8801234"), "8****34");
  EXPECT_EQ(masked("𠮷野"), "𠮷**");
  EXPECT_EQ(masked(""), "");
  EXPECT_EQ(masked("\xff"), "\xff**");  // no character: its octet
}

}  // namespace
}  // namespace kw::privacy
