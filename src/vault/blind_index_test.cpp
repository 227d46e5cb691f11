#include "vault/blind_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "vault/test_keys.h"

namespace kw::vault {
namespace {

struct NormalCase {
  FieldType type;
  std::string_view text, normal;  // an empty normal form is a refusal
};
struct NormalForm : ::testing::TestWithParam<NormalCase> {};
TEST_P(NormalForm, IsTheSameForEverySpelling) {
  const auto& one = GetParam();
  const auto normal = normal_form(one.type, one.text);
  if (one.normal.empty()) {
    EXPECT_EQ(normal.code(), Errc::invalid);
  } else {
    ASSERT_TRUE(normal);
    EXPECT_EQ(text_of(normal->reveal()), one.normal);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Cases, NormalForm,
    ::testing::Values(NormalCase{FieldType::name, "张三", "张三"},
                      NormalCase{FieldType::name, " \t张三\u3000\n", "张三"},
                      NormalCase{FieldType::name, "Ann  Lee", "ANN  LEE"},
                      NormalCase{FieldType::name, "迪丽\u30fb热巴", "迪丽\u00b7热巴"},
                      NormalCase{FieldType::id_number, "11010519491231002x", "11010519491231002X"},
                      NormalCase{FieldType::id_number, " 110105 19491231 002X ", "11010519491231002X"},
                      NormalCase{FieldType::phone, "+86-138 0013 8000", "13800138000"},
                      NormalCase{FieldType::phone, "008613800138000", "13800138000"},
                      NormalCase{FieldType::phone, "+86", ""},
                      NormalCase{FieldType::phone, "+86 0086 (0755)\u30008888", "07558888"},
                      NormalCase{FieldType::bank_card, "6222 0212-0000 1111 222", "6222021200001111222"},
                      NormalCase{FieldType::credit_code, "91440300ma5eq1234x", "91440300MA5EQ1234X"},
                      NormalCase{FieldType::certificate_number, "粤(2026)深圳市-001", "粤2026深圳市001"},
                      NormalCase{FieldType::text, " \u3000 ", ""}, NormalCase{FieldType::text, "\xff", ""},
                      NormalCase{FieldType::sex, "男", ""}, NormalCase{FieldType::date, "1949-12-31", ""},
                      NormalCase{FieldType::flag, "true", ""}, NormalCase{FieldType::choice, "a", ""},
                      NormalCase{FieldType::year, "1949", ""}, NormalCase{FieldType::secret, "x", ""},
                      NormalCase{FieldType::image, "x", ""}));

TEST(NormalForm, OverlongValuesAreRefused) {
  EXPECT_EQ(normal_form(FieldType::text, std::string(kMostNormalForm + 1, 'a')).code(), Errc::invalid);
}

const IndexPlace kPhone{"shenzhen", "permits", "phone", FieldType::phone, 64};

TEST(BlindIndex, EqualValuesMeetOthersDoNot) {
  const auto key = key_of(KeyUse::blind_index, "permits/phone", {key_id(1), 1});
  EXPECT_EQ(*blind_index(key, kPhone, "13800138000"), *blind_index(key, kPhone, "+86 138-0013-8000"));
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(*blind_index(key, kPhone, std::to_string(13800000000 + i)));
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(BlindIndex, TellsNothingAcrossColumnsTablesAndTenants) {
  const auto index = [](IndexPlace place) {
    return *blind_index(key_of(KeyUse::blind_index, column_scope(place.table, place.column), {key_id(1), 1}), place,
                        "13800138000");
  };
  auto tenant = kPhone, table = kPhone, column = kPhone;
  tenant.tenant = "guangzhou";
  table.table = "archive";
  column.column = "fax";
  EXPECT_THAT((std::set<Bytes>{index(kPhone), index(tenant), index(table), index(column)}), ::testing::SizeIs(4));
}

TEST(BlindIndex, FewBitsMakeValuesMeet) {
  const auto key = key_of(KeyUse::blind_index, "permits/phone", {key_id(1), 1});
  auto place = kPhone;
  place.bits = 9;
  std::set<Bytes> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto index = *blind_index(key, place, std::to_string(13800000000 + i));
    ASSERT_EQ(index.size(), 6U);
    ASSERT_EQ(index[5] & 0x7f, 0);
    seen.insert(index);
  }
  EXPECT_EQ(seen.size(), 512U);
}

TEST(BlindIndex, RefusesForeignKeysAndPlaces) {
  const auto key = key_of(KeyUse::blind_index, "permits/phone", {key_id(1), 1});
  EXPECT_EQ(blind_index(key_of(KeyUse::column, "permits/phone", {key_id(1), 1}), kPhone, "1").code(),
            Errc::wrong_usage);
  for (const unsigned bits : {0U, 7U, 129U}) {
    auto place = kPhone;
    place.bits = bits;
    EXPECT_EQ(blind_index(key, place, "1").code(), Errc::invalid);
  }
  EXPECT_EQ(search_terms(KeyRing(), purpose_of(KeyUse::blind_index, "permits/phone"), kPhone, "1").code(),
            Errc::not_found);
  EXPECT_EQ(index_version(Bytes(3)).code(), Errc::truncated);
}

}  // namespace
}  // namespace kw::vault
