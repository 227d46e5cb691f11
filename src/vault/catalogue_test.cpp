// The catalogue that is delivered is good; each file of testdata/catalogue is wrong in the way that its first lines
// say:
// "# expect FIELD: WHY", or "# expect WHY" of the whole matter. It has no other problem.
#include "vault/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kw::vault {
namespace {

namespace fs = std::filesystem;

std::string file_text(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<fs::path> toml_files(const std::string& folder) {
  std::vector<fs::path> out;
  for (const auto& one : fs::directory_iterator(KW_SOURCE_DIR "/" + folder)) out.push_back(one.path());
  std::ranges::sort(out);
  return out;
}

const CatalogueWords& words() {
  static const CatalogueWords all = [] {
    CatalogueWords out;
    const auto roles = boost::json::parse(file_text(KW_SOURCE_DIR "/schemas/permissions.json"));
    for (const auto& row : roles.at("roles").as_array()) out.roles.insert(std::string(row.at("role").as_string()));
    // a datum's mask is a kind of the catalogue of masks, or it is shown to nobody
    const auto masks = toml::parse(file_text(KW_SOURCE_DIR "/catalogue/masks/fields.toml"));
    for (const auto& kind : *masks["kind"].as_array())
      out.masks.insert(kind.as_table()->at("name").value<std::string>().value());
    out.masks.insert("hidden");
    return out;
  }();
  return all;
}

struct CatalogueFile : ::testing::TestWithParam<fs::path> {
  MatterReading read() const { return read_matter(GetParam().filename().string(), file_text(GetParam()), words()); }
};
std::string toml_name(const ::testing::TestParamInfo<fs::path>& info) {
  auto out = info.param.stem().string();
  std::ranges::replace(out, '-', '_');
  return out;
}

using GoodMatter = CatalogueFile;
TEST_P(GoodMatter, HasNoProblem) {
  const auto reading = read();
  std::vector<std::string> texts;
  for (const auto& problem : reading.problems) texts.push_back(problem.text());
  EXPECT_THAT(texts, ::testing::IsEmpty());
  EXPECT_GE(reading.matter.fields.size(), 5U);
}
INSTANTIATE_TEST_SUITE_P(Files, GoodMatter, ::testing::ValuesIn(toml_files("catalogue/data")), toml_name);

using BadMatter = CatalogueFile;
TEST_P(BadMatter, IsRefusedForWhatItSays) {
  const auto reading = read();
  std::istringstream lines(file_text(GetParam()));
  std::size_t expected = 0;
  for (std::string line; std::getline(lines, line) && line.starts_with("# expect ");) {
    ++expected;
    const auto want = line.substr(9);
    const auto found = std::ranges::any_of(reading.problems, [&](const CatalogueProblem& one) {
      const auto text = one.field.empty() ? one.why : one.field + ": " + one.why;
      return one.file == GetParam().filename() && text.starts_with(want);
    });
    EXPECT_TRUE(found) << want;
  }
  EXPECT_GT(expected, 0U);
  for (const auto& problem : reading.problems) EXPECT_TRUE(expected == reading.problems.size()) << problem.text();
  Catalogue catalogue;
  const auto added = catalogue.add(read());
  EXPECT_EQ(added.code(), Errc::invalid);
  EXPECT_THAT(added.error().detail(), ::testing::HasSubstr(GetParam().filename().string() + ": matter "));
}
INSTANTIATE_TEST_SUITE_P(Files, BadMatter, ::testing::ValuesIn(toml_files("src/vault/testdata/catalogue")), toml_name);

TEST(Catalogue, FindsMattersAndFields) {
  Catalogue catalogue;
  for (const auto& path : toml_files("catalogue/data"))
    ASSERT_TRUE(catalogue.add(read_matter(path.filename().string(), file_text(path), words())));
  EXPECT_EQ(catalogue.matters().size(), 3U);
  const auto* matter = catalogue.find("residence-permit");
  ASSERT_NE(matter, nullptr);
  EXPECT_FALSE(matter->may_store(DataClass::authentication));
  EXPECT_FALSE(matter->may_store(DataClass::video));
  EXPECT_TRUE(matter->may_store(DataClass::personal));
  const auto* field = matter->find("id_number");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->grade, Grade::four);
  EXPECT_EQ(field->protection, Protection::field);
  EXPECT_EQ(field->backup, Backup::real_time);
  EXPECT_EQ(field->whole_for, std::vector<std::string>{"operator"});
  EXPECT_EQ(matter->find("sex")->protection, Protection::record);
  EXPECT_EQ(matter->find("live_face")->protection, Protection::none);
  EXPECT_EQ(catalogue.find("real-estate-certificate")->find("contract_scan")->protection, Protection::file);
  EXPECT_EQ(matter->find("nothing"), nullptr);
  EXPECT_EQ(catalogue.find("nothing"), nullptr);
  const auto path = toml_files("catalogue/data").front();
  EXPECT_EQ(catalogue.add(read_matter(path.filename().string(), file_text(path), words())).code(),
            Errc::already_exists);
}

TEST(Catalogue, FilesAreBounded) {
  const auto reading = read_matter("x.toml", std::string(kMostMatterFile + 1, '#'), words());
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems[0].text(), "x.toml: matter (without a code): larger than 65536 octets");
}

}  // namespace
}  // namespace kw::vault
