// The report's model: what follows from it, its JSON, and the golden file.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "report/model_json.h"
#include "report/summary.h"
#include "report/testing/sample.h"

namespace kw::report {
namespace {

using compliance::Status;

std::string golden_path() { return std::string(KW_SOURCE_DIR) + "/src/report/testdata/report.json"; }

testing::SampleSize golden_size() {
  return {
      .kiosks = 3, .sites = 2, .districts = 1, .rule_step = 9, .fault_every = 11, .entries = 9, .with_items = false};
}

TEST(ReportModel, takes_of_each_subject_the_rules_of_its_scope) {
  const auto model = testing::make_sample();
  for (const auto& subject : model.subjects) {
    EXPECT_FALSE(subject.lines.empty());
    for (const auto& line : subject.lines) EXPECT_EQ(model.rules[line.rule].scope, subject.scope);
  }
  std::size_t lines = 0;
  for (const auto& subject : model.subjects) lines += subject.lines.size();
  EXPECT_EQ(lines, 42U + 3U * 15U + 6U * 72U);
}

TEST(ReportModel, refuses_what_points_nowhere) {
  const auto good = testing::make_sample(golden_size());
  const auto refused = [&](auto change) {
    auto model = good;
    change(model);
    const auto checked = check_model(model);
    return !checked && checked.code() == Errc::invalid;
  };
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].lines[0].proofs = {9}; }));
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].lines[0].rule = 500; }));
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].lines.push_back(m.subjects[0].lines[0]); }));
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].lines[0].evidence[0].reason.check = 77; }));
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].lines[0].evidence[0].reason.value = "\xff"; }));
  EXPECT_TRUE(refused([](Model& m) { m.rules.push_back(m.rules[0]); }));
  EXPECT_TRUE(refused([](Model& m) { m.cover.made = compliance::kForever; }));
  EXPECT_TRUE(refused([](Model& m) { m.subjects[0].id.clear(); }));
  EXPECT_FALSE(refused([](Model&) {}));
}

TEST(ReportModel, wants_a_verdict_for_each_requirement) {
  const auto rules = testing::sample_rules(9);
  std::vector<compliance::Verdict> verdicts(rules.size() - 1);
  Subject subject;
  subject.id = "one";
  std::vector<Judged> judged{{subject, verdicts}};
  const auto model = make_model({.cover = testing::sample_cover(), .requirements = rules, .subjects = judged});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.code(), Errc::invalid);
}

TEST(ReportSummary, adds_up) {
  const auto model = testing::make_sample({.kiosks = 20, .sites = 4});
  const auto summary = summarise(model);
  compliance::Score chapters, districts, subjects;
  for (const auto& one : summary.chapters) chapters += one.score;
  for (const auto& one : summary.districts) districts += one.score;
  for (const auto& one : summary.subjects) subjects += one;
  EXPECT_EQ(chapters.possible, summary.total.possible);
  EXPECT_EQ(chapters.earned, summary.total.earned);
  EXPECT_EQ(subjects.count, summary.total.count);
  EXPECT_EQ(districts.possible + summary.subjects[0].possible, summary.total.possible)
      << "the platform has no district";
  std::uint64_t kiosks = 0;
  for (const auto& site : summary.sites) kiosks += site.subjects;
  EXPECT_EQ(kiosks, 20U);
}

TEST(ReportSummary, puts_the_worst_findings_first_and_leaves_out_what_is_met) {
  const auto model = testing::make_sample({.kiosks = 20, .sites = 4});
  const auto summary = summarise(model);
  ASSERT_GT(summary.findings.size(), 3U);
  for (std::size_t i = 0; i < summary.findings.size(); ++i) {
    const auto& finding = summary.findings[i];
    EXPECT_FALSE(compliance::is_met(summary.rules[finding.rule].status));
    EXPECT_FALSE(finding.subjects.empty());
    const auto before = model.rules[summary.findings[i > 0 ? i - 1 : 0].rule].severity;
    EXPECT_LE(model.rules[finding.rule].severity, before);
  }
  for (std::size_t r = 0; r < model.rules.size(); ++r) {
    const auto status = summary.rules[r].status;
    const bool found = std::ranges::find(summary.findings, r, &Finding::rule) != summary.findings.end();
    const bool informative = model.rules[r].modality == compliance::Modality::informative;
    EXPECT_EQ(found, !informative && !compliance::is_met(status) && status != Status::not_applicable)
        << model.rules[r].id;
  }
}

TEST(ReportSummary, names_chapter_and_section) {
  EXPECT_EQ(compliance::chapter_of("7.4-a"), "7");
  EXPECT_EQ(section_of("7.4-a"), "7.4");
  EXPECT_EQ(section_of("7.4.1"), "7.4");
  EXPECT_EQ(section_of("3"), "3");
  EXPECT_EQ(compliance::chapter_of(""), "");
}

TEST(ReportJson, is_what_the_golden_file_says) {
  const auto golden = std::filesystem::exists(golden_path()) ? compliance::testing::read_text(golden_path()) : "";
  const auto model = read_json(golden);
  auto again = testing::make_sample(golden_size());
  if (model) again.checkpoint = model->checkpoint;  // a signature differs each time
  const auto text = write_json(again);
  if (text == golden) return;
  const auto path = std::filesystem::temp_directory_path() / "kw-report-golden.json";
  std::ofstream(path) << text;
  FAIL() << "the form or the catalogue has changed; what is written now: " << path;
}

/// The same value with the members of all objects in the order of their octets.
boost::json::value in_order(const boost::json::value& of) {
  if (const auto* array = of.if_array()) {
    boost::json::array out;
    for (const auto& value : *array) out.push_back(in_order(value));
    return out;
  }
  const auto* object = of.if_object();
  if (object == nullptr) return of;
  std::map<std::string, boost::json::value> members;
  for (const auto& member : *object) members.emplace(member.key(), in_order(member.value()));
  boost::json::object out;
  for (const auto& [key, value] : members) out.emplace(key, value);
  return out;
}

TEST(ReportJson, is_canonical) {
  auto model = testing::make_sample(golden_size());
  model.subjects[0].name = "a\"b\\c\n\x01\x1f/é";
  const auto text = write_json(model);
  EXPECT_EQ(boost::json::serialize(in_order(boost::json::parse(text))), text);
  EXPECT_TRUE(read_json(text));
}

TEST(ReportJson, refuses_what_would_be_written_otherwise) {
  const auto golden = compliance::testing::read_text(golden_path());
  const auto code_of = [&](std::string_view from, std::string_view to) {
    auto text = golden;
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    text.replace(at, from.size(), to);
    const auto model = read_json(text);
    return model ? std::string("taken") : std::string(name(model.code()));
  };
  EXPECT_EQ(code_of("\"format\":", "\"format\" :"), "corrupt");
  EXPECT_EQ(code_of("{\"checkpoint\"", "{\"a\":1,\"checkpoint\""), "corrupt") << "nothing goes unread";
  EXPECT_EQ(code_of("\"earned\":", "\"earned\":1"), "corrupt") << "scores follow from lines";
  EXPECT_EQ(code_of("\"status\":\"not_met\"", "\"status\":\"met_measured\""), "corrupt");
  EXPECT_EQ(code_of("\"status\":\"not_met\"", "\"status\":\"fine\""), "malformed");
  EXPECT_EQ(code_of("\"version\":1}", "\"version\":2}"), "unsupported");
  EXPECT_EQ(code_of("\"version\":1}", "\"version\":1"), "malformed");
  EXPECT_EQ(code_of("\"outcome\":\"", "\"outcome\":\"x"), "malformed");
  EXPECT_EQ(code_of("\"subjects\":[{", "\"subjects\":[3,{"), "malformed");
}

}  // namespace
}  // namespace kw::report
