// Hits of testdata/hits.vec by every sieve and in pieces of every size; random octets against plain readings.
#include "landing/scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "identifiers/number_run.h"
#include "landing/guard.h"
#include "marking/marking.h"

namespace kw::landing {
namespace {

std::string octets_of(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (text[i + 1] == 'n') {
      out += '\n', ++i;
    } else {
      out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16)), i += 3;
    }
  }
  return out;
}

struct HitCase {
  std::string octets, hits;
};
std::vector<HitCase> hit_cases() {
  std::ifstream file(KW_SOURCE_DIR "/src/landing/testdata/hits.vec");
  std::vector<HitCase> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    out.push_back({octets_of(line.substr(0, tab)), line.substr(tab + 1)});
  }
  return out;
}

std::string words_of(const LandingReport& report) {
  std::string out;
  for (const auto& hit : report.hits)
    out += (out.empty() ? "" : " ") + std::string(name(hit.kind)) + "@" + std::to_string(hit.offset) + "+" +
           std::to_string(hit.length);
  return out;
}

/// Cut where `sizes` says, again from its beginning when it ends.
LandingReport scan_in(std::string_view octets, const std::vector<std::size_t>& sizes, const Sieve& sieve) {
  Scanner scan(nullptr, sieve);
  std::size_t next = 0;
  for (auto rest = bytes_of(octets); !rest.empty();) {
    const auto size = std::min(rest.size(), sizes[next++ % sizes.size()]);
    scan.put(rest.first(size));
    rest = rest.subspan(size);
  }
  return scan.finish().value();
}

class Scanning : public ::testing::TestWithParam<Sieve> {};

TEST_P(Scanning, FindsWhatTheCasesSayWhereverTheyAreCut) {
  const auto cases = hit_cases();
  ASSERT_EQ(cases.size(), 37u);
  for (const auto& one : cases)
    for (std::size_t size = 1; size <= one.octets.size() + 1; ++size)
      ASSERT_EQ(words_of(scan_in(one.octets, {size}, GetParam())), one.hits) << size << ": " << one.octets;
}

TEST_P(Scanning, FindsThemAtEveryPlaceOfABlock) {
  for (const auto& one : hit_cases()) {
    std::vector<std::string> found;
    for (std::size_t before = 0; before < 200; ++before) {
      auto report = scan_in(std::string(before, '.') + one.octets + std::string(200, '.'), {1000}, GetParam());
      for (auto& hit : report.hits) hit.offset -= before;
      found.push_back(words_of(report));
    }
    // A line of dots before it changes nothing but where UTF-16 and GBK begin.
    for (const auto& words : found) ASSERT_EQ(words, one.hits) << one.octets;
  }
}

/// Random octets out of few, so that runs, letters and marks meet: every sieve and every cut agree.
TEST_P(Scanning, RandomOctetsGiveTheSameInPieces) {
  const std::vector<std::string> words{"0",
                                       "1",
                                       "13800138000",
                                       "11010519491231002",
                                       "X",
                                       "x",
                                       "a",
                                       ".",
                                       "4111111111111111",
                                       "\xaf",
                                       "\x86",
                                       "\xc6",
                                       "\x5b",
                                       "机",
                                       "密",
                                       "★",
                                       "*",
                                       "\n",
                                       "绝密★10年",
                                       "\xbb\xfa\xc3\xdc\xa1\xef",
                                       "440524188001010014",
                                       "\xe5"};
  std::mt19937 random(9704);
  for (int round = 0; round < 300; ++round) {
    std::string octets;
    while (octets.size() < 700) octets += words[random() % words.size()];
    const auto whole = words_of(scan_in(octets, {octets.size()}, sieves().back()));
    EXPECT_EQ(words_of(scan_in(octets, {octets.size()}, GetParam())), whole);
    EXPECT_EQ(words_of(scan_in(octets, {1 + random() % 7, 1 + random() % 130, 1 + random() % 64}, GetParam())), whole);
  }
}

/// The plain reading of numbers: octet by octet.
std::vector<Hit> plain_numbers(std::string_view text) {
  std::vector<Hit> out;
  std::size_t found_to = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t run = 0;
    while (at + run < text.size() && identifiers::is_digit(text[at + run])) ++run;
    if (run == 0) {
      ++at;
      continue;
    }
    const bool letter = at > 0 && at != found_to && identifiers::is_letter(text[at - 1]);
    const char behind = at + run < text.size() ? text[at + run] : '\0';
    const auto number = identifiers::judge_run(text.substr(at, run), behind, letter);
    if (number.size > 0) {
      const auto kind = number.kind == identifiers::NumberKind::phone       ? HitKind::phone
                        : number.kind == identifiers::NumberKind::bank_card ? HitKind::bank_card
                                                                            : HitKind::id_number;
      out.push_back({kind, at, number.size, 0});
      found_to = at + number.size;
    }
    at += std::max(run, number.size);
  }
  return out;
}

TEST_P(Scanning, NumbersAreThoseOfAPlainReading) {
  std::mt19937 random(11643);
  std::size_t found = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    while (text.size() < 400) {
      const auto digits = random() % 24;
      for (unsigned i = 0; i < digits; ++i) text += static_cast<char>('0' + random() % 10);
      if (random() % 4 == 0) text += random() % 2 == 0 ? "13912345678" : "5555555555554444";
      text += "X a;\x80"[random() % 5];
    }
    const auto expected = plain_numbers(text);
    found += expected.size();
    ASSERT_EQ(scan_in(text, {1 + random() % 500}, GetParam()).hits, expected) << text;
  }
  EXPECT_GT(found, 400u);
}

/// Where marking::MarkScan finds a marking in a text, the scanner does; and nowhere else.
TEST_P(Scanning, MarkingsAreThoseOfMarkScan) {
  const std::vector<std::string> words{"机", "绝", "秘", "密", "密", "★", "☆", "*", "1", "年", " ", "\n", "某", "a"};
  std::mt19937 random(2012);
  std::size_t marked = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text;
    for (int i = 0; i < 9; ++i) text += words[random() % words.size()];
    marking::MarkScan scan({});
    put_utf8(bytes_of(text), scan);
    const auto report = scan_in(text, {1 + random() % 20}, GetParam());
    ASSERT_EQ(report.clean(), !scan.found().has_value()) << text;
    marked += report.clean() ? 0 : 1;
  }
  EXPECT_GT(marked, 100u);
}

std::string sieve_name(const ::testing::TestParamInfo<Sieve>& info) { return std::string(info.param.name); }
INSTANTIATE_TEST_SUITE_P(Sieves, Scanning, ::testing::ValuesIn(sieves()), sieve_name);

TEST(Sieves, AllSeeTheSameInRandomOctets) {
  std::mt19937 random(512);
  constexpr std::size_t kBlocks = 5;
  constexpr std::array<Byte, 10> kMarks{0xaf, 0x86, 0xc3, 0xdc, 0xc6, 0x5b, 0xc6, '0', '9', '5'};
  for (int round = 0; round < 2000; ++round) {
    Bytes data(1 + kBlocks * kSieveBlock);
    for (auto& octet : data) octet = round % 2 == 0 ? static_cast<Byte>(random()) : kMarks[random() % kMarks.size()];
    std::array<std::uint64_t, kBlocks> digits{}, marks{};
    for (std::size_t i = 0; i < kBlocks * kSieveBlock; ++i) {
      const Byte one = data[i + 1], before = data[i];
      const auto bit = std::uint64_t{1} << (i % kSieveBlock);
      if (one >= '0' && one <= '9') digits[i / kSieveBlock] |= bit;
      if ((before == 0xaf && one == 0x86) || (before == 0xc3 && one == 0xdc) || (before == 0xc6 && one == 0x5b) ||
          (before == 0x5b && one == 0xc6))
        marks[i / kSieveBlock] |= bit;
    }
    for (const auto& sieve : sieves()) {
      std::array<std::uint64_t, kBlocks> d{}, m{};
      sieve.look(data.data() + 1, kBlocks, d.data(), m.data());
      ASSERT_EQ(d, digits) << sieve.name;
      ASSERT_EQ(m, marks) << sieve.name;
    }
  }
}

TEST(Landing, MasksOrRefuses) {
  const auto octets = bytes_of("name=x id=11010519491231002X tel=13800138000.");
  const auto masked = land(octets, {.numbers = Landing::mask, .markings = Landing::refuse}).value();
  ASSERT_TRUE(masked.octets);
  EXPECT_EQ(text_of(*masked.octets), "name=x id=[id-number] tel=[phone].");
  EXPECT_EQ(words_of(masked.report), "id-number@10+18 phone@33+11");
  EXPECT_FALSE(land(octets, {}).value().octets) << "refused where nothing else is said";
  EXPECT_FALSE(land(bytes_of("机密★"), {.numbers = Landing::mask, .markings = Landing::refuse}).value().octets);
  EXPECT_EQ(text_of(*land(bytes_of("机密★"), {.numbers = Landing::refuse, .markings = Landing::mask}).value().octets),
            "[marking]");
  EXPECT_EQ(text_of(*land(bytes_of("clean"), {}).value().octets), "clean");
  EXPECT_TRUE(land({}, {}).value().octets);
}

TEST(Landing, HitsThatOverlapAreMaskedOnce) {
  const auto octets = bytes_of("机密★11010519491231002X.");
  const auto landed = land(octets, {.numbers = Landing::mask, .markings = Landing::mask}).value();
  EXPECT_EQ(text_of(*landed.octets), "[marking].");
}

TEST(Landing, TextsAreMaskedWhateverTheyHold) {
  std::ifstream file(KW_SOURCE_DIR "/src/privacy/testdata/identifiers.tsv");
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    const auto tab = line.find('\t');
    if (line.starts_with('#')) continue;
    EXPECT_EQ(masked_text(line.substr(0, tab)), line.substr(tab + 1)) << line;
    ++cases;
  }
  EXPECT_EQ(cases, 20);
  EXPECT_EQ(masked_text("见机密★10年，13800138000"), "见[marking]，[phone]");
  EXPECT_EQ(masked_text(""), "");
  std::string many;
  for (std::size_t i = 0; i <= Scanner::kMostHits; ++i) many += "13800138000 ";
  EXPECT_EQ(masked_text(many), kRefusedText);
}

TEST(Landing, ReportsNeverHoldTheValue) {
  EXPECT_EQ(text(Hit{HitKind::id_number, 1024, 18, 0}), "id-number at 1024, 18 octets");
  EXPECT_EQ(text(Hit{HitKind::rule, 7, 3, 2}), "rule 2 at 7, 3 octets");
}

TEST(Landing, MoreHitsThanAreKeptAreCountedAndRefused) {
  for (const auto* one : {"13800138000 ", "机密★ "}) {
    std::string octets;
    for (std::size_t i = 0; i < Scanner::kMostHits + 5; ++i) octets += one;
    const auto landed = land(bytes_of(octets), {.numbers = Landing::mask, .markings = Landing::mask}).value();
    EXPECT_FALSE(landed.octets);
    EXPECT_EQ(landed.report.hits.size(), Scanner::kMostHits);
    EXPECT_EQ(landed.report.more, 5u);
    EXPECT_EQ(landed.report.octets, octets.size());
  }
}

/// A stream of rules that breaks: what it did not see is not clean.
class BrokenRules final : public RuleStream {
 public:
  Result<> put(ByteView, std::vector<Hit>&) override { return fail(Errc::internal, "broken"); }
  Result<> finish(std::vector<Hit>&) override { return {}; }
};
/// Finds every '!'.
class Exclamations final : public RuleStream {
 public:
  Result<> put(ByteView piece, std::vector<Hit>& hits) override {
    for (const auto octet : piece) {
      if (octet == '!') hits.push_back({HitKind::rule, at_, 1, 0});
      ++at_;
    }
    return {};
  }
  Result<> finish(std::vector<Hit>&) override { return {}; }

 private:
  std::uint64_t at_ = 0;
};

TEST(Landing, RulesOfTheOperatorAreAskedAndMayFail) {
  BrokenRules broken;
  EXPECT_EQ(land(bytes_of("x"), {}, &broken).code(), Errc::internal);
  Exclamations first, second;
  const LandingRules mask{.operators = {Landing::mask}};
  EXPECT_EQ(text_of(*land(bytes_of("so!"), mask, &first).value().octets), "so[rule]");
  EXPECT_FALSE(land(bytes_of("so!"), {}, &second).value().octets);
}

}  // namespace
}  // namespace kw::landing
