// Values of every kind, good and bad, and what the shipped profiles show of them.
#include "masking/masks.h"

#include <gtest/gtest.h>

#include "masking/code_points.h"
#include "masking/testing/shipped.h"
#include "masking/value.h"

namespace kw::masking {
namespace {

using namespace testing;

TEST(Masks, ValuesOfEveryKind) {
  const auto masks = shipped_masks();
  std::set<std::string> kinds;
  for (const auto& row : rows("values.vec")) {
    ASSERT_EQ(row.size(), 4u) << row[0];
    const auto* kind = masks.catalogue().kind(row[0]);
    ASSERT_NE(kind, nullptr) << row[0];
    EXPECT_EQ(read_value(*kind, row[2], masks.catalogue().words).has_value(), row[1] == "good")
        << row[0] << " " << row[2];
    EXPECT_EQ(masks.show("applicant", row[0], row[2]), row[3]) << row[0] << " " << row[2];
    kinds.insert(row[0]);
  }
  EXPECT_EQ(kinds.size(), masks.catalogue().kinds.size()) << "a kind without a case";
}

TEST(Masks, WhatNobodyNamedIsMaskedWhole) {
  const auto masks = shipped_masks();
  EXPECT_EQ(masks.show("agent", "phone", "13800138000"), "****");
  EXPECT_EQ(masks.show("stranger", "phone", "13800138000"), "****");
  EXPECT_EQ(masks.show("applicant", "shoe_size", "42"), "****");
  EXPECT_EQ(masks.show("agent", "name", "张三"), "张**");
}

TEST(Masks, OctetsThatAreNoTextAreMaskedWhole) {
  const auto masks = shipped_masks();
  // Overlong, surrogate, beyond U+10FFFF, cut off, Latin-1 (RFC 3629 section 3).
  for (const auto* bad : {"\xc0\xbc", "\xed\xa0\x80", "\xf4\x90\x80\x80", "张\xe4\xb8", "张\xff三"})
    EXPECT_EQ(masks.show("applicant", "name", bad), "**");
  EXPECT_EQ(masks.show("applicant", "phone", "13800138000\xff"), "****");
  EXPECT_EQ(masks.show("applicant", "name", std::string(kMostValue + 1, 'a')), "**");
}

TEST(Masks, TheNumberOfStarsTellsNoLength) {
  const auto masks = shipped_masks();
  EXPECT_EQ(masks.show("applicant", "name", "张三").size(), masks.show("applicant", "name", "张三丰").size());
  EXPECT_EQ(masks.show("applicant", "hk_macau_permit", "H12345678").size(),
            masks.show("applicant", "hk_macau_permit", "H1234567890").size());
}

TEST(Masks, StepsOfAnAddress) {
  const auto catalogue = shipped_catalogue();
  const auto shown = [&](std::size_t step, const char* address) {
    Profile profile{"a", {{"address", {0, 0, step, "for this test"}}}, {}};
    return Masks::admit(catalogue, {profile})->show("a", "address", address);
  };
  EXPECT_EQ(shown(0, "广东省深圳市南山区某路1号"), "****");
  EXPECT_EQ(shown(2, "广东省深圳市南山区某路1号"), "广东省深圳市****");
  EXPECT_EQ(shown(3, "广东省深圳市南山区某路1号"), "广东省深圳市南山区****");
  EXPECT_EQ(shown(2, "北京市朝阳区某街2号"), "北京市****");
  EXPECT_EQ(shown(3, "北京市朝阳区某街2号"), "北京市朝阳区****");
  EXPECT_EQ(shown(3, "内蒙古自治区锡林郭勒盟锡林浩特市某街3号"), "内蒙古自治区锡林郭勒盟锡林浩特市****");
  EXPECT_EQ(shown(2, "广东省某路1号"), "广东省****") << "no city in it";
}

TEST(Masks, AReasonShowsMoreButNeverAll) {
  const auto catalogue = shipped_catalogue();
  Profile profile{"a", {{"phone", {6, 6, 0, "for this test"}}, {"id_card", {6, 4, 0, "for this test"}}}, {}};
  const auto masks = Masks::admit(catalogue, {profile});
  ASSERT_TRUE(masks.has_value());
  EXPECT_EQ(masks->show("a", "phone", "13800138000"), "****");
  EXPECT_EQ(masks->show("a", "id_card", "11010519491231002X"), "110105****002X");
}

TEST(Masks, CodePointsComeBackAsTheyWere) {
  for (const auto* text : {"", "a", "é", "张", "𠮷", "\x7f", "\u07ff", "\uffff", "\U0010ffff"})
    EXPECT_EQ(utf8_of(code_points_of(text).value()), text);
}

}  // namespace
}  // namespace kw::masking
