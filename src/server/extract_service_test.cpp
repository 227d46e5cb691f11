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

store::ArchiveRecord left(std::uint32_t number, std::uint64_t first, std::uint64_t end, Timestamp newest) {
  store::ArchiveRecord out;
  out.seal = {"platform", number, first, end, 1, {}, {}, newest, {}};
  out.place = "vault \"3\"";
  out.exported = out.removed = newest;
  return out;
}

TEST_F(Extracting, WhatIsArchivedIsNamedWithItsSegmentAndPlace) {
  happen("a");
  happen("b");
  const auto now = bed.platform.clock.now();
  extracts.set_archive([&]() -> Result<std::vector<store::ArchiveRecord>> {
    std::vector<store::ArchiveRecord> out{left(0, 0, 40, now), left(1, 40, 90, now), left(2, 90, 95, now)};
    out[2].removed = {};  // still here
    return out;
  });
  const auto body = text(take(make()));
  EXPECT_NE(body.find("\"archived\",\"entries 0 to 39\",\"segment 0\",\"kept at vault \"\"3\"\"\",\"bundle SM3 000"),
            std::string::npos)
      << body;
  EXPECT_NE(body.find("\"entries 40 to 89\",\"segment 1\""), std::string::npos);
  EXPECT_EQ(body.find("\"segment 2\""), std::string::npos) << "it is still here";
  EXPECT_EQ(bed.recorded("audit.extracted").params().at("archived"), "90");
  std::stringstream lines(text(take(make("jsonl"))));
  int archived = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto value = boost::json::parse(line);
    if (!value.as_object().contains("archived") || !value.at("archived").is_object()) continue;
    ++archived;
    EXPECT_EQ(value.at("archived").at("place").as_string(), "vault \"3\"");
  }
  EXPECT_EQ(archived, 2);
  const auto nothing = make("csv", "no.such");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().detail(), "no entry matches here; entries 0 to 89 are archived");
}

TEST_F(Extracting, OnlyWhatTheRangeReachesCounts) {
  const auto at = [](int hours) { return Timestamp::from_seconds(1'000'000 + 3600 * hours); };
  const std::vector<store::ArchiveRecord> all{left(0, 0, 40, at(1)), left(1, 40, 90, at(2))};
  const auto reached = [&](const store::AuditQuery& query) {
    std::vector<std::uint32_t> out;
    for (const auto& one : archived_within(all, query)) out.push_back(one.seal.number);
    return out;
  };
  store::AuditQuery query;
  EXPECT_EQ(reached(query), (std::vector<std::uint32_t>{0, 1}));
  query.from = at(2);
  EXPECT_EQ(reached(query), (std::vector<std::uint32_t>{1}));
  query.from = at(3);
  EXPECT_EQ(reached(query), (std::vector<std::uint32_t>{}));
  query.from.reset();
  query.to = at(1);
  EXPECT_EQ(reached(query), (std::vector<std::uint32_t>{0, 1})) << "a kiosk's entry may be older than its segment";
  query.before = 40;
  EXPECT_EQ(reached(query), (std::vector<std::uint32_t>{0}));
  AuditItem item;
  item.index = 41;
  item.archived = true;
  store::Extract extract;
  extract.form = "csv";
  const auto line = extract_line(extract, item, all);
  EXPECT_NE(line.find("\"archived\""), std::string::npos) << line;
  EXPECT_NE(line.find("place=vault \"\"3\"\"; segment=1"), std::string::npos) << line;
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
  const auto writes = bed.platform.store->writes.load();
  good(extracts.tick());
  EXPECT_EQ(bed.platform.store->writes, writes) << "nothing to do: nothing is opened for writing";
}

}  // namespace
}  // namespace kw::server
