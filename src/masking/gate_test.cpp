// The gate over profiles of testdata/gate.vec and over those that are shipped; profiles that are no profiles.
#include "masking/gate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "masking/testing/shipped.h"

namespace kw::masking {
namespace {

using namespace testing;

std::string lines_of(std::string text) {
  for (auto at = text.find(";;"); at != std::string::npos; at = text.find(";;")) text.replace(at, 2, "\n");
  return text;
}

std::string verdict(const GateReport& report) {
  if (report.good()) return "good";
  std::vector<std::string> words;
  for (const auto& refusal : report.refusals)
    words.push_back(std::string(name(refusal.why)) + " " + refusal.kind + " " + text_of_count(refusal.leaves));
  std::ranges::sort(words);
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : "; ") + word;
  return out;
}

TEST(Gate, JudgesMasksAloneInsideEachOtherAndTogether) {
  const auto catalogue = shipped_catalogue();
  for (const auto& row : rows("gate.vec")) {
    std::vector<Profile> profiles;
    for (std::string rest = row.at(1); !rest.empty();) {
      const auto end = rest.find(" | ");
      auto profile = parse_mask_profile(lines_of(rest.substr(0, end)), catalogue);
      ASSERT_TRUE(profile.has_value()) << rest << " " << profile.error().text();
      profiles.push_back(std::move(*profile));
      rest = end == std::string::npos ? "" : rest.substr(end + 3);
    }
    const auto report = examine(catalogue, profiles);
    ASSERT_TRUE(report.has_value()) << report.error().text();
    EXPECT_EQ(verdict(*report), row[0]) << row[1];
    EXPECT_EQ(Masks::admit(catalogue, profiles).has_value(), report->good());
  }
}

TEST(Gate, LetsTheShippedProfilesThrough) {
  const auto catalogue = shipped_catalogue();
  const auto report = examine(catalogue, shipped_profiles(catalogue)).value();
  for (const auto& refusal : report.refusals) ADD_FAILURE() << refusal.text();
  for (const auto& figure : report.figures) {
    EXPECT_GE(figure.mean, figure.fewest) << figure.kind;
    EXPECT_TRUE(figure.fewest >= figure.least) << figure.role << " " << figure.kind;
  }
}

TEST(Gate, RefusalsSayWhoseAndHowMany) {
  const auto catalogue = shipped_catalogue();
  const Profile a{"a", {{"phone", {3, 4, 0, ""}}}, {}};
  EXPECT_EQ(examine(catalogue, {a})->refusals.at(0).text(),
            "too_few: phone of a leaves 10,000 candidates, 1,000,000 are asked for");
  EXPECT_EQ(Masks::admit(catalogue, {a}).code(), Errc::invalid);
  EXPECT_EQ(examine(catalogue, {a, a}).code(), Errc::invalid) << "one role, two profiles";
  EXPECT_EQ(examine(catalogue, std::vector<Profile>(kMostProfiles + 1)).code(), Errc::too_large);
}

TEST(MaskProfile, NamesTheKeyThatIsWrong) {
  const auto catalogue = shipped_catalogue();
  for (const auto& row : rows("profiles.vec")) {
    const auto parsed = parse_mask_profile(lines_of(row.at(1)), catalogue);
    ASSERT_FALSE(parsed.has_value()) << row[1];
    EXPECT_TRUE(parsed.error().detail().starts_with(row[0])) << parsed.error().text() << " for " << row[1];
  }
  EXPECT_EQ(parse_mask_profile(std::string(kMostMaskProfile + 1, '#'), catalogue).code(), Errc::too_large);
}

/// Each case: beginning of the complaint, then words of fields.toml and what stands in their place.
TEST(MaskCatalogue, NamesTheKeyThatIsWrong) {
  const auto fields = file_text("catalogue/masks/fields.toml"), regions = file_text("catalogue/masks/regions.txt");
  for (const auto& row : rows("catalogue.vec")) {
    auto text = fields;
    const auto at = text.find(lines_of(row.at(1)));
    ASSERT_NE(at, std::string::npos) << row[1];
    text.replace(at, lines_of(row[1]).size(), lines_of(row.at(2)));
    const auto parsed = parse_catalogue(text, regions);
    ASSERT_FALSE(parsed.has_value()) << row[0];
    EXPECT_TRUE(parsed.error().detail().starts_with(row[0])) << parsed.error().text() << " for " << row[0];
  }
  for (const auto* bad : {"", "# nothing\n", "1101 0", "1101 01 1", "9901 01", "1101 01\n1101 01", "110101"})
    EXPECT_EQ(parse_catalogue(fields, bad).code(), Errc::invalid) << bad;
  EXPECT_EQ(parse_catalogue(std::string(kMostCatalogue + 1, '#'), regions).code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::masking
