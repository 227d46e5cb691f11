#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "identifiers/check_rule.h"
#include "identifiers/id_number.h"
#include "identifiers/number_run.h"

namespace kw::identifiers {
namespace {

std::vector<std::vector<std::string>> rows(const std::string& name) {
  std::ifstream file(KW_SOURCE_DIR "/src/identifiers/testdata/" + name);
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> row(1);
    for (const char c : line) {
      if (c == '\t') {
        row.emplace_back();
      } else {
        row.back() += c;
      }
    }
    out.push_back(std::move(row));
  }
  return out;
}

TEST(CheckRule, HoldsExamplesOfStandards) {
  const auto cases = rows("checks.vec");
  ASSERT_EQ(cases.size(), 18u);
  for (const auto& row : cases) {
    const auto rule = parse_check_rule(row.at(0));
    ASSERT_TRUE(rule) << row[0];
    EXPECT_EQ(follows(*rule, row.at(2)), row.at(1) == "good") << row[0] << " " << row[2];
  }
}

/// A single wrong digit, or two neighbours exchanged, is what MOD 11-2 always finds.
TEST(CheckRule, Mod11FindsEverySlip) {
  const std::string good = "440524188001010014";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char other = '0'; other <= '9'; ++other) {
      auto text = good;
      text[at] = other;
      EXPECT_EQ(follows(CheckRule::mod11_2, text), text == good) << text;
    }
    if (at + 1 == good.size()) break;
    auto text = good;
    std::swap(text[at], text[at + 1]);
    EXPECT_EQ(follows(CheckRule::mod11_2, text), text == good) << text;
  }
}

TEST(IdNumber, GoodAndBad) {
  const auto cases = rows("id_numbers.vec");
  ASSERT_EQ(cases.size(), 16u);
  for (const auto& row : cases) EXPECT_EQ(is_id_number(row.at(1)), row.at(0) == "good") << row[1] << " " << row.at(2);
}

TEST(NumberRun, WhatStandsBesideItMatters) {
  const auto kind = [](std::string_view run, char behind, bool letter) { return judge_run(run, behind, letter).kind; };
  EXPECT_EQ(kind("11010519491231002", 'X', true), NumberKind::id_number);
  EXPECT_EQ(judge_run("11010519491231002", 'x', false).size, 18u);
  EXPECT_EQ(kind("11010519491231002", 'Y', false), NumberKind::none);
  EXPECT_EQ(kind("13800138000", 0, false), NumberKind::phone);
  EXPECT_EQ(kind("8613800138000", ' ', false), NumberKind::phone);
  EXPECT_EQ(kind("13800138000", 'a', false), NumberKind::none);
  EXPECT_EQ(kind("13800138000", ' ', true), NumberKind::none);
  EXPECT_EQ(kind("4111111111111111", ' ', false), NumberKind::bank_card);
  EXPECT_EQ(kind("4111111111111111", ' ', true), NumberKind::none);
  EXPECT_EQ(kind("1380013800", ' ', false), NumberKind::none);
  EXPECT_EQ(kind("41111111111111111111", ' ', false), NumberKind::none);
  EXPECT_EQ(kind("", 0, false), NumberKind::none);
}

}  // namespace
}  // namespace kw::identifiers
