// Counting against enumeration: of shapes that are small enough, every value is written out and looked at.
#include "masking/candidates.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "masking/testing/shipped.h"

namespace kw::masking {
namespace {

/// Every value that the model knows of a shape; those that its rule refuses left out.
std::vector<std::u32string> enumerate(const Shape& shape, const Model& model) {
  std::vector<std::u32string> out{U""};
  for (const auto& part : shape.parts) {
    std::vector<std::u32string> next;
    const auto& words = part.kind == Part::Kind::region     ? model.regions
                        : part.kind == Part::Kind::province ? model.provinces
                        : part.kind == Part::Kind::date     ? model.dates
                                                            : model.short_dates;
    for (const auto& before : out) {
      if (part.kind == Part::Kind::letter) {
        for (const char32_t c : part.letters) next.push_back(before + c);
      } else {
        for (const auto& word : words) next.push_back(before + std::u32string(word.begin(), word.end()));
      }
    }
    out = std::move(next);
  }
  std::erase_if(out, [&](const auto& value) { return !fits(shape, value); });
  return out;
}

Candidates by_hand(const std::vector<std::u32string>& values, const Shown& shown) {
  std::map<std::u32string, Count> looks;
  for (const auto& value : values) {
    auto look = value;
    for (std::size_t i = 0; i < look.size(); ++i)
      if (!shown.test(i)) look[i] = U'*';
    looks[look] += 1;
  }
  Candidates out{kMostCount, values.size(), looks.size()};
  for (const auto& [look, count] : looks) out.fewest = std::min(out.fewest, count);
  return out;
}

TEST(Candidates, AreWhatEnumerationFinds) {
  const Model model = make_model({"440303", "440304", "441900", "540101"}, 2000, 2000);
  struct Case {
    const char *parts, *rule;
  };
  constexpr Case kCases[]{
      {"[0-9]*4", "none"},
      {"[0-9]*5", "luhn"},
      {"[3-6] [0-9]*3 [05]", "luhn"},
      {"'4' [0-4]*3 [A-C]", "none"},
      {"region [0-9]", "none"},
      {"date [0-9]", "luhn"},
      {"yymmdd [AB]", "none"},
      {"region date '00' [1-3] [0-9X]", "mod11-2"},
      {"'9' province '840' '19800229' [0-9]*3 [0-9X]", "mod11-2"},
      {"'911100006000373' [0-9A-D] [0-9A-HJ-NPQRTUWXY]*2", "mod31"},
  };
  std::mt19937 random(11643);
  for (const auto& one : kCases) {
    const auto shape = parse_shape(one.parts, one.rule);
    ASSERT_TRUE(shape.has_value()) << one.parts << " " << shape.error().text();
    const auto values = enumerate(*shape, model);
    ASSERT_FALSE(values.empty()) << one.parts;
    for (int round = 0; round < 24; ++round) {
      Shown shown;
      for (std::size_t i = 0; i < shape->size; ++i)
        if (random() % 4 < static_cast<unsigned>(round % 4)) shown.set(i);
      const auto counted = count_candidates(*shape, shown, model);
      ASSERT_TRUE(counted.has_value()) << one.parts;
      const auto expected = by_hand(values, shown);
      EXPECT_TRUE(counted->fewest == expected.fewest && counted->values == expected.values &&
                  counted->looks == expected.looks)
          << one.parts << " " << shown << ": " << text_of_count(counted->fewest) << " "
          << text_of_count(expected.fewest);
    }
  }
}

TEST(Candidates, OfTheCommonMasksOfIdentityNumbers) {
  const auto catalogue = testing::shipped_catalogue();
  const auto& shape = catalogue.kind("id_card")->shapes[0];
  const auto left = [&](std::size_t first, std::size_t last) {
    Shown shown;
    for (std::size_t i = 0; i < 18; ++i)
      if (i < first || i >= 18 - last) shown.set(i);
    return count_candidates(shape, shown, catalogue.model).value();
  };
  const auto mean = [&](std::size_t first, std::size_t last) {
    const auto counted = left(first, last);
    return static_cast<double>(counted.values / counted.looks);
  };
  // 36,525 dates in a hundred years, one in eleven has the check character that is seen.
  EXPECT_EQ(text_of_count(left(6, 4).fewest), "3,312");
  EXPECT_NEAR(mean(6, 4), 36525.0 / 11, 1);
  EXPECT_NEAR(mean(4, 4), 30e3, 5e3);
  EXPECT_NEAR(mean(3, 4), 140e3, 5e3);
  EXPECT_NEAR(mean(1, 2), 180e6, 30e6);
  EXPECT_NEAR(mean(1, 1), 1.8e9, 0.3e9);
  EXPECT_EQ(text_of_count(left(9, 9).fewest), "1");
}

TEST(Candidates, CountsStopAtTheirBound) {
  EXPECT_EQ(text_of_count(0), "0");
  EXPECT_EQ(text_of_count(999), "999");
  EXPECT_EQ(text_of_count(1'000'000), "1,000,000");
  EXPECT_EQ(text_of_count(multiply(kMostCount, 2)), "2^128");
  EXPECT_EQ(text_of_count(add(kMostCount, 1)), "2^128");
  const auto shape = parse_shape("[0-9A-Z]*32", "none").value();
  EXPECT_EQ(text_of_count(count_candidates(shape, {}, make_model({"110101"}, 2000, 2000))->fewest), "2^128");
}

TEST(Shape, RefusesWhatItDoesNotKnow) {
  for (const auto* bad :
       {"", "digit", "[", "[]", "[9-0]", "[00]", "[0-9]*0", "[0-9]*33", "[0-9]x", "'a", "''", "[0-9]*32 [0-9]", "\xff"})
    EXPECT_EQ(parse_shape(bad, "none").code(), Errc::invalid) << bad;
  EXPECT_EQ(parse_shape("[0-9]*17", "mod11-2").code(), Errc::invalid) << "too short for the rule";
  EXPECT_EQ(parse_shape("[0-9]*17 [A]", "mod11-2").code(), Errc::invalid) << "a letter that the rule knows not";
  EXPECT_EQ(parse_shape("[0-9]", "verhoeff").code(), Errc::invalid);
}

}  // namespace
}  // namespace kw::masking
