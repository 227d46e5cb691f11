// Rules that are refused; hits of rules in pieces; the landing scanner with rules behind it.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>

#include "patterns/database.h"

namespace kw::patterns {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(KW_SOURCE_DIR "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<PatternDatabase> compiled(std::string_view toml) {
  KW_TRY(const auto rules, parse_pattern_rules(toml));
  return PatternDatabase::compile(rules);
}
PatternDatabase one_rule(const std::string& pattern, const std::string& more = "") {
  auto out = compiled("[[rule]]\nname = 'a'\npattern = '" + pattern + "'\n" + more);
  if (!out) throw std::runtime_error(out.error().text());
  return std::move(*out);
}

std::string hits_in(const PatternDatabase& database, std::string_view text, std::size_t size) {
  auto stream = PatternStream::open(database).value();
  landing::Scanner scan(&stream);
  for (auto rest = bytes_of(text); !rest.empty(); rest = rest.subspan(std::min(size, rest.size())))
    scan.put(rest.first(std::min(size, rest.size())));
  const auto report = scan.finish().value();
  std::string out;
  for (const auto& hit : report.hits)
    out += std::string(landing::name(hit.kind)) + std::to_string(hit.rule) + "@" + std::to_string(hit.offset) + "+" +
           std::to_string(hit.length) + " ";
  return out;
}

TEST(PatternRules, WhatCouldExplodeIsRefused) {
  std::ifstream file(KW_SOURCE_DIR "/src/patterns/testdata/rules.vec");
  std::size_t cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    auto text = line.substr(tab + 1);
    for (auto at = text.find(";;"); at != std::string::npos; at = text.find(";;")) text.replace(at, 2, "\n");
    const auto made = compiled(text);
    ASSERT_FALSE(made.has_value()) << line;
    EXPECT_TRUE(made.error().detail().starts_with(line.substr(0, tab))) << made.error().text() << " for " << line;
    ++cases;
  }
  EXPECT_EQ(cases, 22u);
  EXPECT_EQ(compiled(std::string(kMostRuleFile + 1, '#')).code(), Errc::too_large);
  EXPECT_EQ(compiled("[[rule]").code(), Errc::malformed);
}

TEST(PatternRules, TheShippedOnesFindTheirExamples) {
  const auto made = compiled(read_text("catalogue/landing/rules.toml"));
  ASSERT_TRUE(made.has_value()) << made.error().text();
  const auto& database = *made;
  EXPECT_EQ(hits_in(database, "本件为内部资料。", 4), "rule0@9+12 ");
  EXPECT_EQ(hits_in(database, "见(2025)粤0305民初1234号", 5), "rule1@3+26 ");
  EXPECT_EQ(hits_in(database, "6200 0000 0000 0005,", 4), "rule2@0+19 ");
  EXPECT_EQ(hits_in(database, "tel 138-0013-8000", 4), "rule3@4+13 ");
  EXPECT_EQ(hits_in(database, "-----BEGIN EC PRIVATE KEY-----", 7), "rule4@0+30 ");
  EXPECT_EQ(hits_in(database, "nothing", 7), "");
  EXPECT_LT(database.octets(), 1024u * 1024);
}

/// Patterns near the bounds, which other engines take for ever over: compiled and run in time and memory.
TEST(PatternRules, TheWorstThatIsTakenStaysSmall) {
  const auto begin = std::chrono::steady_clock::now();
  for (const auto* pattern :
       {"(a|b|ab){1,140}c", "([a-z]{1,30}x){1,32}y", "((ab?c?){1,6}d){1,30}e", "(x.{1,29}y){1,30}z"}) {
    const auto made = compiled("[[rule]]\nname = 'a'\npattern = '" + std::string(pattern) + "'\n");
    if (made) {
      EXPECT_LE(made->octets(), kMostDatabase) << pattern;
    } else {
      EXPECT_TRUE(made.code() == Errc::invalid || made.code() == Errc::too_large) << pattern;
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(PatternRules, WeightIsWhatRepeatsMakeOfThem) {
  EXPECT_EQ(weight_of("abc"), 3u);
  EXPECT_EQ(weight_of("a{3}b"), 4u);
  EXPECT_EQ(weight_of("(ab){1,10}c"), 21u);
  EXPECT_EQ(weight_of("((ab){10}c){10}"), 210u);
  EXPECT_EQ(weight_of("[]a{9}]{2}[^]]{3}"), 5u);
  EXPECT_EQ(weight_of("\\{9\\}[\\]{9}]"), 4u);
  for (const auto* bad : {"a{3,}", "a{", "a{x}", "(a", "a{99999999999999999999}", "((a{100}){100}){100}"})
    EXPECT_GT(weight_of(bad), kMostWeight) << bad;
}

TEST(PatternStream, HitsAreTheSameInPieces) {
  const auto database = one_rule("ab{1,5}c");
  const std::string text = "xxabbbc abc ac abbbbbbc abcabc";
  for (std::size_t size = 1; size <= text.size(); ++size)
    EXPECT_EQ(hits_in(database, text, size), "rule0@2+5 rule0@8+3 rule0@24+3 rule0@27+3 ") << size;
}

TEST(PatternStream, MatchesThatOverlapAreOneHit) {
  const auto database = one_rule("a{3,9}");
  EXPECT_EQ(hits_in(database, "..aaaaaaaaaaaaaaaaaaaa..aaa", 5), "rule0@2+20 rule0@24+3 ");
}

TEST(PatternStream, FlagsMeanWhatTheySay) {
  EXPECT_EQ(hits_in(one_rule("secret"), "SECRET", 9), "");
  EXPECT_EQ(hits_in(one_rule("secret", "flags = 'i'"), "SeCrEt", 9), "rule0@0+6 ");
  EXPECT_EQ(hits_in(one_rule("a.b"), "a\nb", 9), "");
  EXPECT_EQ(hits_in(one_rule("a.b", "flags = 's'"), "a\nb", 9), "rule0@0+3 ");
  EXPECT_EQ(hits_in(one_rule("^abc"), "x\nabc", 9), "");
  EXPECT_EQ(hits_in(one_rule("^abc", "flags = 'm'"), "x\nabc", 9), "rule0@2+3 ");
}

TEST(PatternStream, NumbersAreFoundBesideRules) {
  const auto database = one_rule("案号[0-9]{4}");
  EXPECT_EQ(hits_in(database, "案号2026 13800138000", 3), "rule0@0+10 phone0@11+11 ");
}

TEST(PatternStream, RandomOctetsGiveTheSameInPieces) {
  const auto database = one_rule("[0-9]{6}[a-f]{2,8}");
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    while (text.size() < 300) text += "0123456789abcdef"[random() % 16];
    const auto whole = hits_in(database, text, text.size());
    EXPECT_EQ(hits_in(database, text, 1 + random() % 40), whole);
  }
}

TEST(PatternStream, AStreamEndsOnce) {
  const auto database = one_rule("abc");
  auto stream = PatternStream::open(database).value();
  std::vector<landing::Hit> hits;
  EXPECT_TRUE(stream.put(bytes_of("abc"), hits));
  EXPECT_TRUE(stream.finish(hits));
  EXPECT_EQ(hits.size(), 1u);
  EXPECT_EQ(stream.put(bytes_of("abc"), hits).code(), Errc::wrong_state);
  EXPECT_EQ(stream.finish(hits).code(), Errc::wrong_state);
}

TEST(PatternStream, IsUsedAgainAndRemembersNothing) {
  const auto database = one_rule("abcd$");
  auto stream = PatternStream::open(database).value();
  std::vector<landing::Hit> hits;
  EXPECT_TRUE(stream.put(bytes_of("ab"), hits));
  EXPECT_TRUE(stream.again());  // in the middle of a match
  EXPECT_TRUE(stream.put(bytes_of("cd"), hits));
  EXPECT_TRUE(stream.finish(hits));
  EXPECT_TRUE(hits.empty());
  for (int round = 0; round < 3; ++round) {
    hits.clear();
    EXPECT_TRUE(stream.again());
    EXPECT_TRUE(stream.put(bytes_of(".abcd"), hits));
    EXPECT_TRUE(stream.finish(hits));
    EXPECT_EQ(hits, (std::vector<landing::Hit>{{landing::HitKind::rule, 1, 4, 0}}));
  }
}

}  // namespace
}  // namespace kw::patterns
