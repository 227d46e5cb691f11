// The shipped profiles are good; testdata/profiles.txt holds what is refused, and by which word.
#include <filesystem>

#include "export/profile_problem.h"
#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;

TEST(ExportProfile, EveryShippedOneIsGoodAndHasItsFilesName) {
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR) + "/packaging/export")) {
    const auto parsed = parse_profile(shipped(file.path().stem().string()));
    ASSERT_TRUE(parsed.has_value()) << file.path() << ": " << parsed.error().text();
    EXPECT_EQ(parsed->name, file.path().stem().string());
    ++count;
  }
  EXPECT_EQ(count, 8u);
}

TEST(ExportProfile, SaysWhatIsInIt) {
  const auto p = take(parse_profile(shipped("police-soap")));
  EXPECT_EQ(p.kind, Kind::soap);
  EXPECT_EQ(p.address.host, "audit.example");
  EXPECT_EQ(p.address.port, 8443);
  EXPECT_EQ(p.address.path, "/services/LogService");
  EXPECT_EQ(p.charset, Charset::gbk);
  EXPECT_EQ(p.zone_minutes, 480);
  EXPECT_EQ(p.patience.most, std::chrono::seconds(600));
  EXPECT_EQ(p.fields.size(), 12u);
  EXPECT_EQ(p.digest.size(), 32u);
  EXPECT_EQ(take(parse_profile(shipped("syslog-tls"))).syslog.enterprise, 32473u);
}

/// Cases: a line "= key: beginning of the complaint", then the lines to change in jsonl-post.toml, each "OLD => NEW"
/// (";;" is a line end).
TEST(ExportProfile, NamesTheKeyThatIsWrong) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/export/testdata/profiles.txt");
  ASSERT_TRUE(file.good());
  std::string line, expected, text;
  std::size_t cases = 0;
  const auto judge = [&] {
    if (expected.empty()) return;
    const auto parsed = parse_profile(text);
    ASSERT_FALSE(parsed.has_value()) << expected;
    EXPECT_TRUE(parsed.error().detail().starts_with(expected)) << parsed.error().text() << " for " << expected;
    ++cases;
  };
  while (std::getline(file, line)) {
    if (line.starts_with("= ")) {
      judge();
      expected = line.substr(2);
      text = shipped("jsonl-post");
    } else if (const auto arrow = line.find(" => "); arrow != std::string::npos) {
      const auto from = line.substr(0, arrow);
      auto to = line.substr(arrow + 4);
      for (auto cut = to.find(";;"); cut != std::string::npos; cut = to.find(";;")) to.replace(cut, 2, "\n");
      const auto at = text.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    }
  }
  judge();
  EXPECT_GE(cases, 20u);
}

TEST(ExportProfile, BoundsItsSize) {
  EXPECT_EQ(code(parse_profile(std::string(kMostProfile + 1, '#'))), Errc::too_large);
  EXPECT_EQ(code(parse_profile("name = ")), Errc::malformed);
}

TEST(ExportAddress, PlainHttpIsForLoopbackAlone) {
  EXPECT_TRUE(parse_export_address("http://127.0.0.1:8080/x").has_value());
  EXPECT_TRUE(parse_export_address("http://[::1]:8080/x").has_value());
  for (const auto* bad : {"http://10.0.0.1:80/", "http://localhost:80/", "http://127.0.0.1.example:80/", "ftp://a:1",
                          "tls://a:1/x", "tls://a", "file://x", "file:///", "file:///a/../b", "https://a b/", ""}) {
    EXPECT_EQ(code(parse_export_address(bad)), Errc::invalid) << bad;
  }
  EXPECT_EQ(take(parse_export_address("https://a.example/x")).port, 443);
}

TEST(ExportFilter, WantsTypesSeveritiesAndRegions) {
  Filter filter;
  EXPECT_TRUE(wanted(filter, record(1)));
  filter.types = {"net.*", "audit.read"};
  filter.regions = {"南山区"};
  EXPECT_TRUE(wanted(filter, record(1)));
  EXPECT_TRUE(wanted(filter, kiosk_record(1)));
  EXPECT_FALSE(wanted(filter, record(1, "audit.readings")));
  filter.platform = false;
  EXPECT_FALSE(wanted(filter, record(1)));
  filter.regions = {"福田区"};
  EXPECT_FALSE(wanted(filter, kiosk_record(1)));
  filter.regions.clear();
  filter.without = {"net.outbound.*"};
  EXPECT_FALSE(wanted(filter, kiosk_record(1)));
  filter.without.clear();
  filter.least = v1::SERIOUS;
  EXPECT_FALSE(wanted(filter, kiosk_record(1)));
}

TEST(ExportProfile, AProblemNamesItsLine) {
  const auto problem = [](const std::string& text) {
    const auto profile = parse_profile(text);
    EXPECT_FALSE(profile.has_value());
    return locate_problem(text, profile.error());
  };
  const auto whole = shipped("jsonl-post");
  const auto line = [&](const std::string& text, const std::string& of) {
    return static_cast<unsigned>(1 + std::count(text.begin(), text.begin() + static_cast<long>(text.find(of)), '\n'));
  };
  auto text = whole;
  text.replace(text.find("batch = 200"), 11, "batch = 0");
  EXPECT_EQ(problem(text).line, line(text, "batch = 0"));
  EXPECT_EQ(problem(text).key, "batch");
  EXPECT_EQ(problem(text).reason, "1 to 2000");
  text = whole;
  text.replace(text.find("ca = "), 5, "authority = ");
  EXPECT_EQ(problem(text).line, line(text, "authority"));
  EXPECT_EQ(problem(text).key, "trust.authority");
  text = whole;
  text.replace(text.find("from = \"index\""), 14, "from = \"indes\"");
  EXPECT_EQ(problem(text).key, "field[2].from");
  EXPECT_EQ(problem(text).line, line(text, "from = \"indes\""));
  text = whole + "\n[[field]\n";
  EXPECT_EQ(problem(text).line, static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')));
  EXPECT_EQ(problem(text).key, "");
  text = whole;
  text.replace(text.find("[trust]"), 7, "[trusts]");
  EXPECT_GT(problem(text).line, 0u);
  EXPECT_EQ(problem(std::string(kMostProfile + 1, '#')).line, 0u);
}

}  // namespace
}  // namespace kw::exports
