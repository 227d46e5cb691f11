#include "base/text.h"

#include <gtest/gtest.h>

namespace kw {
namespace {

// Boundaries and ill-formed sequences after RFC 3629 and the Unicode Standard, table 3-7.
TEST(Utf8Length, KnowsEveryBoundary) {
  const std::pair<std::string_view, std::size_t> cases[] = {
      {"", 0},
      {std::string_view("\0", 1), 1},
      {"\x7f", 1},
      {"\x80", 0},
      {"\xc1\xbf", 0},
      {"\xc2\x80", 2},
      {"\xdf\xbf", 2},
      {"\xc2", 0},
      {"\xc2\x41", 0},
      {"\xe0\x9f\xbf", 0},
      {"\xe0\xa0\x80", 3},
      {"\xed\x9f\xbf", 3},
      {"\xed\xa0\x80", 0},
      {"\xed\xbf\xbf", 0},
      {"\xee\x80\x80", 3},
      {"\xe5\xad", 0},
      {"\xf0\x8f\xbf\xbf", 0},
      {"\xf0\x90\x80\x80", 4},
      {"\xf4\x8f\xbf\xbf", 4},
      {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0},
      {"\xff", 0},
      {"字", 3},
      {"ab", 1},
  };
  for (const auto& [text, length] : cases) EXPECT_EQ(utf8_length(text), length) << ::testing::PrintToString(text);
}

TEST(CleanText, KeepsWhatIsGoodAndCutsBetweenCharacters) {
  EXPECT_EQ(clean_text("kiosk 字", 9), "kiosk 字");
  EXPECT_EQ(clean_text("kiosk 字", 8), "kiosk ");
  EXPECT_EQ(clean_text("字字", 5), "字");
  EXPECT_EQ(clean_text("字", 0), "");
  EXPECT_EQ(clean_text("", 9), "");
}

TEST(CleanText, ReplacesWhatIsNoCharacter) {
  EXPECT_EQ(clean_text("a\xff\xfe"
                       "b",
                       9),
            "a??b");
  EXPECT_EQ(clean_text("字\xe5\xad", 9), "字??");
  EXPECT_EQ(clean_text("\xff\xff", 1), "?");
}

}  // namespace
}  // namespace kw
