// Chapter 2: how it stands, in numbers and charts.
#include <algorithm>

#include "paper/composer.h"

namespace kw::paper {
namespace {

using compliance::Score;
using compliance::Status;

constexpr std::array kShownOrder{Status::met_measured, Status::met_attested, Status::partly,
                                 Status::not_met,      Status::unknown,      Status::not_applicable};

std::string number_text(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::uint64_t count_of(const Score& score, Status status) { return score.count.at(static_cast<std::size_t>(status)); }
std::uint64_t all_of(const Score& score) {
  std::uint64_t all = 0;
  for (const auto count : score.count) all += count;
  return all;
}

void add_total(Composer& to) {
  const auto& total = to.summary.total;
  std::array<std::uint64_t, 5> by_severity{};
  for (const auto& finding : to.summary.findings)
    ++by_severity.at(static_cast<std::size_t>(to.model.rules[finding.rule].severity));
  const auto severity = [&](compliance::Severity of) {
    return std::to_string(by_severity.at(static_cast<std::size_t>(of)));
  };
  to.heading(2, to.say("2.1　总体情况", "2.1  The whole"));
  const auto score = percent_text(total.percent_hundredths());
  to.text(to.say("本次共作出 " + number_text(all_of(total)) + " 项判定，总得分 " + score + "。其中不符合 " +
                     number_text(count_of(total, Status::not_met)) + " 项、部分符合 " +
                     number_text(count_of(total, Status::partly)) + " 项、未知 " +
                     number_text(count_of(total, Status::unknown)) + " 项，归为 " +
                     std::to_string(to.summary.findings.size()) + " 个问题（重大 " +
                     severity(compliance::Severity::critical) + "、严重 " + severity(compliance::Severity::serious) +
                     "、一般 " + severity(compliance::Severity::ordinary) + "、轻微 " +
                     severity(compliance::Severity::minor) + "），详见第 4 章。",
                 number_text(all_of(total)) + " verdicts were given; the score is " + score + ". " +
                     number_text(count_of(total, Status::not_met)) + " are not met, " +
                     number_text(count_of(total, Status::partly)) + " partly met, " +
                     number_text(count_of(total, Status::unknown)) + " unknown. They make " +
                     std::to_string(to.summary.findings.size()) + " findings (" +
                     severity(compliance::Severity::critical) + " critical, " +
                     severity(compliance::Severity::serious) + " serious, " + severity(compliance::Severity::ordinary) +
                     " ordinary, " + severity(compliance::Severity::minor) + " minor); see chapter 4."));
  Donut donut;
  std::string words;
  for (const auto status : kShownOrder) {
    donut.slices.push_back({marked(to.language, status), count_of(total, status), tone_of(status)});
    words += (words.empty() ? "" : to.say("，", ", ")) + std::string(word_for(to.language, status)) + " " +
             number_text(count_of(total, status));
  }
  donut.centre = score;
  donut.below = to.say("总得分", "score");
  to.add(Figure{to.say("图 1　判定结论分布", "Figure 1  Verdicts"), 54, std::move(donut), std::move(words)});
}

std::string chapter_label(const Composer& to, std::string_view number) {
  return to.say("第 ", "") + std::string(number) + to.say(" 章　", "  ") +
         std::string(chapter_title(to.language, number));
}

Row score_row(std::string name, std::optional<std::size_t> kiosks, const Score& score) {
  Row row{{std::move(name)}};
  if (kiosks) row.push_back({std::to_string(*kiosks), Tone::plain, false, true});
  row.push_back({percent_text(score.percent_hundredths()), Tone::plain, true, true});
  for (const auto status : kShownOrder) row.push_back({number_text(count_of(score, status)), Tone::plain, false, true});
  return row;
}
std::vector<std::string> score_head(const Composer& to, std::string first, bool kiosks) {
  std::vector<std::string> head{std::move(first)};
  if (kiosks) head.push_back(to.say("终端", "Kiosks"));
  head.push_back(to.say("得分", "Score"));
  for (const auto status : kShownOrder)  // the sign over its word
    head.push_back(std::string(mark_of(status)) + "\n" + std::string(word_for(to.language, status)));
  return head;
}

void add_chapters(Composer& to) {
  to.heading(2, to.say("2.2　各章情况", "2.2  By chapter"));
  Bars bars;
  Table table;
  table.caption = to.say("表 2　各章得分与判定数", "Table 2  Scores and verdicts by chapter");
  table.widths = {20, 10.5, 14, 14, 11, 10, 9, 11};
  table.head = score_head(to, to.say("章", "Chapter"), false);
  table.together = true;
  std::string words;
  for (const auto& chapter : to.summary.chapters) {
    if (chapter.score.possible == 0) continue;  // informative alone
    const auto label = chapter_label(to, chapter.name);
    bars.bars.push_back({label, chapter.score.percent_hundredths()});
    table.rows.push_back(score_row(label, std::nullopt, chapter.score));
    words += (words.empty() ? "" : to.say("，", ", ")) + label + " " + percent_text(chapter.score.percent_hundredths());
  }
  auto total = score_row(to.say("合计", "Total"), std::nullopt, to.summary.total);
  total.front().strong = true;
  table.rows.push_back(std::move(total));
  const auto height = 10.0 + 7.5 * static_cast<double>(bars.bars.size());
  to.add(Figure{to.say("图 2　各章得分", "Figure 2  Scores by chapter"), height, std::move(bars), std::move(words)});
  to.add(std::move(table));
}

void add_trend(Composer& to) {
  to.heading(2, to.say("2.3　得分变化", "2.3  The score over time"));
  if (to.model.trend.size() < 2) {
    to.text(to.say("尚无两个以上时点的数据。", "There are not yet two points in time."));
    return;
  }
  Curve curve;
  for (const auto& point : to.model.trend)
    curve.points.push_back({minute_text(point.time).substr(0, 10), point.hundredths});
  const auto words = curve.points.front().label + " " + percent_text(curve.points.front().hundredths) +
                     to.say(" 至 ", " to ") + curve.points.back().label + " " +
                     percent_text(curve.points.back().hundredths);
  to.add(Figure{to.say("图 3　总得分变化", "Figure 3  The score over time"), 58, std::move(curve), words});
}

void add_first_findings(Composer& to) {
  constexpr std::size_t kMostFirst = 10;
  const auto count = std::min(kMostFirst, to.summary.findings.size());
  if (count == 0) return;
  to.heading(2, to.say("2.5　首要问题", "2.5  What to look at first"));
  Table table;
  table.caption = to.say("表 5　首要问题（前 " + std::to_string(count) + " 个，详见第 4 章）",
                         "Table 5  The first " + std::to_string(count) + " findings (see chapter 4)");
  table.widths = {9, 11, 11, 33, 18, 18};
  table.head = {to.say("问题", "No."),         to.say("程度", "Severity"), to.say("条款", "Clause"),
                to.say("要求", "Requirement"), to.say("结论", "Verdict"),  to.say("对象数", "Subjects")};
  for (std::size_t i = 0; i < count; ++i) {
    const auto& finding = to.summary.findings[i];
    const auto& rule = to.model.rules[finding.rule];
    table.rows.push_back({{std::to_string(i + 1), Tone::plain, false, true},
                          {std::string(word_for(to.language, rule.severity)), Tone::plain, false, true},
                          {rule.id, Tone::plain, true},
                          {to.say(rule.title)},
                          to.status_cell(finding.worst),
                          {to.counts_text(to.summary.rules[finding.rule].count), Tone::plain, false, true}});
  }
  to.add(std::move(table));
}

void add_places(Composer& to) {
  to.heading(2, to.say("2.4　各区与场所情况", "2.4  By district and site"));
  const std::vector<double> widths{24, 7, 10, 13.5, 13.5, 10, 8.5, 7, 9};
  Table districts;
  districts.caption = to.say("表 3　各区得分与判定数（含场所，不含平台）",
                             "Table 3  Scores and verdicts by district (with sites, without the platform)");
  districts.widths = widths;
  districts.head = score_head(to, to.say("区", "District"), true);
  for (const auto& one : to.summary.districts) districts.rows.push_back(score_row(one.name, one.subjects, one.score));
  to.add(std::move(districts));
  std::vector<const report::NamedScore*> sites;
  for (const auto& site : to.summary.sites) sites.push_back(&site);
  std::ranges::stable_sort(sites, {},
                           [](const auto* site) { return site->score.percent_hundredths().value_or(10'001); });
  constexpr std::size_t kMostSites = 30;
  Table table;
  const bool all = sites.size() <= kMostSites;
  table.caption = all ? to.say("表 4　各场所得分与判定数", "Table 4  Scores and verdicts by site")
                      : to.say("表 4　得分最低的 30 个场所（全部见工作簿）",
                               "Table 4  The 30 sites with the lowest scores (all: in the workbook)");
  table.widths = widths;
  table.head = score_head(to, to.say("场所", "Site"), true);
  for (std::size_t i = 0; i < std::min(kMostSites, sites.size()); ++i)
    table.rows.push_back(score_row(sites[i]->name, sites[i]->subjects, sites[i]->score));
  to.add(std::move(table));
}

}  // namespace

void compose_conclusions(Composer& to) {
  to.heading(1, to.say("2　总体结论", "2  Conclusions"), true);
  add_total(to);
  add_chapters(to);
  add_trend(to);
  add_places(to);
  add_first_findings(to);
}

}  // namespace kw::paper
