#include "server/extract_service.h"

#include <fstream>
#include <sstream>

#include "server/testing/link_bed.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::LinkBed;
using testing::take;

struct Extracting : ::testing::Test {
  LinkBed bed;
  testing::TemporaryDirectory dir;
  AuditService audit{bed.platform.changes, *bed.keeper, bed.platform.subjects};
  ExtractService extracts{bed.platform.changes, *bed.keeper, audit, dir.path()};
  Actor auditor{"auditadmin", "audit", "00000000000000000000000000000009"};

  void happen(const std::string& query) {
    const auto position = take(bed.platform.changes.run([&](Change& change) -> Result<std::int64_t> {
      KW_CHECK(change.record({.type = "audit.read", .params = {{"query", query}}}));
      return change.position();
    }));
    ASSERT_TRUE(bed.soon([&] { return bed.feeder->durable_through() >= position; }));
    good(bed.keeper->tick(true));
  }
  Result<store::Extract> make(const std::string& form = "csv", const std::string& type = "audit.read") {
    ExtractService::Wish wish;
    wish.query.type = type;
    wish.words = "type=" + type;
    wish.purpose = "案件 7";
    wish.form = form;
    wish.valid = 2h;
    return extracts.make(wish, auditor);
  }
  std::string text(const store::Extract& one) {
    std::ifstream in(take(extracts.fetch(one.id, auditor)).path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
};

TEST_F(Extracting, AnExtractSaysWhatForAndBearsItsNumberInEveryLine) {
  happen("a");
  happen(R"(=cmd|' /C calc'!A0 "quoted")");
  const auto made = take(make());
  EXPECT_EQ(made.entries, 2u);
  const auto body = text(made);
  EXPECT_TRUE(body.starts_with("\xef\xbb\xbf\"watermark\",\"KW-")) << body;
  EXPECT_NE(body.find("案件 7"), std::string::npos);
  const auto number = ExtractService::watermark(made);
  std::size_t lines = 0;
  for (auto at = body.find(number); at != std::string::npos; at = body.find(number, at + 1)) ++lines;
  EXPECT_EQ(lines, 3u) << "in the head and in both lines";
  EXPECT_NE(body.find("query==cmd|' /C calc'!A0 \"\"quoted\"\""), std::string::npos) << "quotes are doubled\n" << body;
  EXPECT_EQ(body.find(",\"="), std::string::npos) << "no cell is a formula";
  const auto entry = bed.recorded("audit.extracted");
  EXPECT_EQ(entry.params().at("watermark"), number);
  EXPECT_EQ(entry.params().at("purpose"), "案件 7");
  EXPECT_EQ(entry.params().at("digest"), to_hex(made.digest));
  bed.recorded("audit.extract.fetched");
  EXPECT_EQ(take(make()).number, made.number + 1);
}

TEST_F(Extracting, JsonLinesAreJson) {
  happen("a \"b\"\n");
  const auto made = take(make("jsonl"));
  std::stringstream lines(text(made));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(line, ec);
    ASSERT_FALSE(ec) << line;
    if (count > 0) EXPECT_EQ(value.at("watermark").as_string(), ExtractService::watermark(made));
  }
  EXPECT_EQ(count, 2);
}

TEST_F(Extracting, WhatMatchesNothingIsNoFile) {
  happen("a");
  EXPECT_EQ(code(make("csv", "no.such")), Errc::not_found);
  EXPECT_TRUE(take(extracts.list()).empty());
}

TEST_F(Extracting, WhatIsNotRecordedIsNotTakenOut) {
  happen("a");
  bed.platform.store->full = true;
  EXPECT_FALSE(make().has_value());
  bed.platform.store->full = false;
  std::error_code ec;
  EXPECT_TRUE(!std::filesystem::exists(dir.path() / "extracts") ||
              std::filesystem::is_empty(dir.path() / "extracts", ec));
}

TEST_F(Extracting, AFileThatWasChangedIsNotHandedOutAndOneWhoseTimeIsOverIsGone) {
  happen("a");
  const auto made = take(make());
  const auto path = take(extracts.fetch(made.id, auditor)).path;
  std::ofstream(path, std::ios::app) << "one more line";
  EXPECT_EQ(code(extracts.fetch(made.id, auditor)), Errc::corrupt);
  bed.platform.clock.advance(3h);
  EXPECT_EQ(code(extracts.fetch(made.id, auditor)), Errc::wrong_state);
  good(extracts.tick());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(take(extracts.list()).at(0).removed) << "that it was taken stays known";
  bed.recorded("audit.extract.removed");
}

}  // namespace
}  // namespace kw::server
