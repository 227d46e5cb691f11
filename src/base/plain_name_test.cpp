#include "base/plain_name.h"

#include <gtest/gtest.h>

namespace kw {
namespace {

TEST(PlainName, TakesSmallLettersDigitsAndTheHyphen) {
  for (const auto* text : {"", "a", "z", "0", "9", "-", "city-2", "a-b-c-0-9"})
    EXPECT_TRUE(has_plain_letters(text)) << text;
}

TEST(PlainName, RefusesEverythingElse) {
  for (const auto* text : {"A", "a_b", "a.b", "../a", "a/b", " a", "a\n", "\xc3\xa9", "{", "`", ":"})
    EXPECT_FALSE(has_plain_letters(text)) << text;
  EXPECT_FALSE(has_plain_letters(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace kw
