#include "paper/xlsx.h"

#include <unistd.h>

#include "paper/composer.h"
#include "paper/workbook.h"
#include "platform/linux/durable_file.h"

namespace kw::paper {
namespace {

using compliance::Scope;
using compliance::Status;

constexpr std::size_t kMostWorkbook = std::size_t{256} << 20;
constexpr std::array kSheetOrder{Status::met_measured, Status::met_attested, Status::partly,
                                 Status::not_met,      Status::unknown,      Status::not_applicable};

std::uint64_t of(const compliance::Score& score, Status status) {
  return score.count.at(static_cast<std::size_t>(status));
}

/// Writes the sheets of one report.
class ReportBook {
 public:
  ReportBook(Workbook& book, const Composer& with) : book_(book), with_(with) {}

  void write() {
    write_summary();
    write_clauses();
    write_findings();
    write_subjects();
    write_matrix();
    write_records();
    write_items();
    write_proofs();
  }

 private:
  [[nodiscard]] std::string say(std::string_view zh, std::string_view en) const { return with_.say(zh, en); }
  void status(Sheet& sheet, Status of_what) const {
    sheet.text(marked(with_.language, of_what), tone_of(of_what), true);
  }
  void add_status_names(std::vector<std::string>& to) const {
    for (const auto one : kSheetOrder)
      to.push_back(std::string(mark_of(one)) + "\n" + std::string(word_for(with_.language, one)));
  }
  static void counts(Sheet& sheet, const compliance::Score& score) {
    for (const auto one : kSheetOrder) sheet.number(of(score, one));
  }

  void write_summary() {
    name_ = say("概要", "Summary");
    auto sheet = book_.add(name_, {24, 36, 12, 12, 12, 12, 12, 12});
    worksheet_fit_to_pages(sheet.raw(), 1, 1);
    const auto& cover = with_.model.cover;
    sheet.title(with_.out.cover.subject + " " + with_.out.cover.title);
    const auto line = [&](const std::string& name, const std::string& value) {
      sheet.text(name, Tone::head).text(value);
      sheet.next();
    };
    line(say("报告编号", "Number"), cover.number);
    line(say("依据", "Standard"), cover.standard);
    for (const auto& [name, value] : with_.out.cover.lines) line(name, value);
    line(say("结论时刻（北京时间）", "Verdicts of (UTC+8)"), minute_text(cover.until));
    sheet.text(say("总得分", "Score"), Tone::head).percent(with_.summary.total.percent_hundredths());
    sheet.next();
    sheet.next();
    write_distribution(sheet);
    write_chapters(sheet);
    write_trend(sheet);
  }

  void write_distribution(Sheet& sheet) {
    sheet.text(say("结论", "Verdict"), Tone::head, true).text(say("判定数", "Verdicts"), Tone::head, true);
    sheet.next();
    const auto first = sheet.row();
    for (const auto one : kSheetOrder) {
      sheet.text(marked(with_.language, one), tone_of(one)).number(of(with_.summary.total, one));
      sheet.next();
    }
    auto* chart = book_.chart(LXW_CHART_DOUGHNUT);
    auto* series = chart_add_series(chart, nullptr, nullptr);
    chart_series_set_categories(series, name_.c_str(), first, 0, sheet.row() - 1, 0);
    chart_series_set_values(series, name_.c_str(), first, 1, sheet.row() - 1, 1);
    std::array<lxw_chart_fill, kSheetOrder.size()> fills{};
    std::array<lxw_chart_pattern, kSheetOrder.size()> patterns{};
    std::array<lxw_chart_point, kSheetOrder.size()> points{};
    std::array<lxw_chart_point*, kSheetOrder.size() + 1> list{};
    for (std::size_t i = 0; i < points.size(); ++i) {
      points.at(i) = Workbook::point_of(tone_of(kSheetOrder.at(i)), fills.at(i), patterns.at(i));
      list.at(i) = &points.at(i);
    }
    chart_series_set_points(series, list.data());
    place(sheet, chart, say("判定结论分布", "Verdicts"), 1, 3);
    sheet.next();
  }

  void write_chapters(Sheet& sheet) {
    std::vector<std::string> names{say("章", "Chapter"), say("得分", "Score")};
    add_status_names(names);
    for (const auto& name : names) sheet.text(name, Tone::head, true);
    sheet.next();
    const auto first = sheet.row();
    for (const auto& chapter : with_.summary.chapters) {
      if (chapter.score.possible == 0) continue;
      sheet.text(chapter.name + " " + std::string(chapter_title(with_.language, chapter.name)));
      sheet.percent(chapter.score.percent_hundredths());
      counts(sheet, chapter.score);
      sheet.next();
    }
    auto* chart = book_.chart(LXW_CHART_BAR);
    auto* series = chart_add_series(chart, nullptr, nullptr);
    chart_series_set_categories(series, name_.c_str(), first, 0, sheet.row() - 1, 0);
    chart_series_set_values(series, name_.c_str(), first, 1, sheet.row() - 1, 1);
    chart_axis_set_reverse(chart->y_axis);
    chart_axis_set_num_format(chart->y_axis, "0%");
    chart_axis_set_num_format(chart->x_axis, "0%");
    chart_axis_set_min(chart->x_axis, 0);
    chart_axis_set_max(chart->x_axis, 1);
    chart_series_set_labels(series);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    place(sheet, chart, say("各章得分", "Scores by chapter"), sheet.row() + 1, 0);
    sheet.next();
  }

  void write_trend(Sheet& sheet) {
    if (with_.model.trend.size() < 2) return;
    const auto chart_row = sheet.row();
    for (lxw_row_t skipped = 0; skipped < 17; ++skipped) sheet.next();  // under the chart of chapters
    sheet.text(say("日期", "Day"), Tone::head, true).text(say("总得分", "Score"), Tone::head, true);
    sheet.next();
    const auto first = sheet.row();
    for (const auto& point : with_.model.trend) {
      sheet.text(minute_text(point.time).substr(0, 10)).percent(point.hundredths);
      sheet.next();
    }
    auto* chart = book_.chart(LXW_CHART_LINE);
    auto* series = chart_add_series(chart, nullptr, nullptr);
    chart_series_set_categories(series, name_.c_str(), first, 0, sheet.row() - 1, 0);
    chart_series_set_values(series, name_.c_str(), first, 1, sheet.row() - 1, 1);
    chart_axis_set_num_format(chart->y_axis, "0%");
    chart_series_set_marker_type(series, LXW_CHART_MARKER_CIRCLE);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    place(sheet, chart, say("总得分变化", "The score over time"), chart_row, 4);
  }

  static void place(const Sheet& sheet, lxw_chart* chart, const std::string& title, lxw_row_t row, lxw_col_t column) {
    chart_title_set_name(chart, title.c_str());
    auto words = title;
    lxw_chart_options options{};
    options.description = words.data();
    worksheet_insert_chart_opt(sheet.raw(), row, column, chart, &options);
  }

  void write_clauses() {
    auto sheet = book_.add(say("条款", "Clauses"), {10, 24, 8, 7, 7, 16, 8, 8, 8, 8, 8, 8, 8, 64, 20});
    std::vector<std::string> names{say("条款", "Clause"),    say("要求", "Requirement"), say("用词", "Modality"),
                                   say("程度", "Severity"),  say("对象", "Scope"),       say("结论", "Verdict"),
                                   say("对象数", "Subjects")};
    add_status_names(names);
    names.push_back(say("依据", "Evidence"));
    names.push_back(say("账本记录", "Ledger entries"));
    sheet.head(names, 2);
    for (std::size_t r = 0; r < with_.model.rules.size(); ++r) {
      const auto& rule = with_.model.rules[r];
      const auto& summary = with_.summary.rules[r];
      sheet.strong(rule.id)
          .text(with_.say(rule.title))
          .text(word_for(with_.language, rule.modality), Tone::plain, true);
      sheet.text(word_for(with_.language, rule.severity), Tone::plain, true);
      sheet.text(word_for(with_.language, rule.scope), Tone::plain, true);
      status(sheet, summary.status);
      sheet.number(summary.subjects);
      for (const auto one : kSheetOrder) sheet.number(summary.count.at(static_cast<std::size_t>(one)));
      std::string evidence;
      for (const auto& group : report::reasons_of(with_.model, static_cast<std::uint16_t>(r)))
        evidence += (evidence.empty() ? "" : "\n") + with_.reason_text(rule, group, summary.subjects);
      sheet.text(evidence);
      sheet.text(with_.proofs_text(proofs_of_rule(with_.model, static_cast<std::uint16_t>(r)), 10));
      sheet.next();
    }
    sheet.close_table();
  }

  /// Each line that is not met, partly met or unknown.
  void write_findings() {
    auto sheet = book_.add(say("问题", "Findings"), {8, 9, 11, 26, 16, 16, 14, 14, 28, 70, 50, 20});
    sheet.head(
        {say("问题", "Finding"), say("程度", "Severity"), say("条款", "Clause"), say("要求", "Requirement"),
         say("结论", "Verdict"), say("对象", "Subject"), say("类型", "Kind"), say("区", "District"),
         say("场所", "Site"), say("依据", "Why"), say("整改建议", "What to do"), say("账本记录", "Ledger entries")},
        3);
    std::uint64_t number = 0;
    for (const auto& finding : with_.summary.findings) {
      ++number;
      for (const auto s : finding.subjects) write_finding_line(sheet, number, finding.rule, s);
    }
    sheet.close_table();
  }

  void write_finding_line(Sheet& sheet, std::uint64_t number, std::uint16_t r, std::size_t s) const {
    const auto& rule = with_.model.rules[r];
    const auto& subject = with_.model.subjects[s];
    const auto& line = *report::line_of(subject, r);
    sheet.number(number).text(word_for(with_.language, rule.severity), Tone::plain, true).strong(rule.id);
    sheet.text(with_.say(rule.title));
    status(sheet, line.status);
    sheet.text(with_.subject_name(subject)).text(subject.kind).text(subject.district).text(subject.site);
    std::string why;
    std::vector<std::uint64_t> entries;
    for (const auto at : line.proofs) entries.push_back(with_.model.proofs[at].index);
    for (const auto& evidence : line.evidence) {
      for (const auto at : evidence.proofs) entries.push_back(with_.model.proofs[at].index);
      if (evidence.reason.outcome == compliance::Outcome::holds) continue;
      why += (why.empty() ? "" : "\n") + with_.reason_text(rule, {evidence.reason, s, 1}, 1);
    }
    sheet.text(why).text(with_.say(rule.advice)).text(with_.proofs_text(std::move(entries), 10));
    sheet.next();
  }

  void write_subjects() {
    auto sheet = book_.add(say("对象", "Subjects"), {16, 36, 9, 16, 14, 32, 12, 11, 11, 11, 11, 11, 11, 11});
    std::vector<std::string> names{say("名称", "Name"),
                                   say("标识", "ID"),
                                   say("对象", "Scope"),
                                   say("类型", "Kind"),
                                   say("区", "District"),
                                   say("场所", "Site"),
                                   say("保管人（脱敏）", "Custodian (masked)"),
                                   say("得分", "Score")};
    add_status_names(names);
    sheet.head(names, 1);
    for (std::size_t s = 0; s < with_.model.subjects.size(); ++s) {
      const auto& subject = with_.model.subjects[s];
      sheet.strong(with_.subject_name(subject)).text(subject.id);
      sheet.text(word_for(with_.language, subject.scope), Tone::plain, true).text(subject.kind).text(subject.district);
      sheet.text(subject.site).text(subject.custodian).percent(with_.summary.subjects[s].percent_hundredths());
      counts(sheet, with_.summary.subjects[s]);
      sheet.next();
    }
    sheet.close_table();
  }

  /// Kiosks by requirements, a sign in each cell.
  void write_matrix() {
    std::vector<double> widths{16, 28};
    std::vector<std::string> names{say("终端", "Kiosk"), say("场所", "Site")};
    std::vector<std::uint16_t> columns;
    for (std::size_t r = 0; r < with_.model.rules.size(); ++r) {
      if (with_.model.rules[r].scope != Scope::device) continue;
      columns.push_back(static_cast<std::uint16_t>(r));
      names.push_back(with_.model.rules[r].id);
      widths.push_back(7.5);
    }
    auto sheet = book_.add(say("矩阵", "Matrix"), widths);
    sheet.head(names, 2);
    for (const auto& subject : with_.model.subjects) {
      if (subject.scope != Scope::device) continue;
      sheet.strong(with_.subject_name(subject)).text(subject.site);
      for (const auto r : columns) {
        const auto* line = report::line_of(subject, r);
        if (line == nullptr)
          sheet.text("");
        else
          sheet.text(mark_of(line->status), tone_of(line->status), true);
      }
      sheet.next();
    }
    sheet.close_table();
  }

  void write_records() {
    auto sheet = book_.add(say("记录", "Records"), {24, 40, 20, 26, 18, 38, 18, 18, 68});
    sheet.head({say("种类", "Kind"), say("证明内容", "Shows"), say("编号", "Number"), say("出具机构", "Issuer"),
                say("登记角色", "Role"), say("对象标识", "Subject"), say("自", "From"), say("至", "Until"),
                say("文件 SM3", "File SM3")},
               2);
    for (const auto& record : with_.model.records) {
      const bool ends = record.valid_until < report::kLastTime;
      sheet.text(record.kind)
          .text(with_.say(record.about))
          .text(record.number)
          .text(record.issuer)
          .text(role_word(with_.language, record.role))
          .text(record.subject);
      sheet.text(minute_text(record.valid_from)).text(ends ? minute_text(record.valid_until) : "—");
      sheet.text(to_hex(record.file_digest));
      sheet.next();
    }
    sheet.close_table();
  }

  void write_items() {
    auto sheet = book_.add(say("其他标准", "Other standards"), {18, 22, 22, 14, 14, 44, 16, 40});
    sheet.head({say("标准", "Standard"), say("控制类", "Class"), say("控制项", "Item"), say("二级", "Level 2"),
                say("三级", "Level 3"), say("内容", "About"), say("结论", "Verdict"), say("对应条款", "Clauses")},
               3);
    for (const auto& item : with_.model.items) {
      sheet.text(item.standard).text(with_.say(item.control_class)).strong(item.id).text(item.level2).text(item.level3);
      sheet.text(with_.say(item.title));
      status(sheet, item.status);
      std::string clauses;
      for (const auto& id : item.proven_by) clauses += (clauses.empty() ? "" : ", ") + id;
      sheet.text(clauses);
      sheet.next();
    }
    sheet.close_table();
  }

  void write_proofs() {
    auto sheet = book_.add(say("账本凭证", "Ledger"), {12, 32, 20, 70, 10});
    sheet.head({say("序号", "Entry"), say("事件", "Event"), say("时间", "Time"), say("叶子哈希（SM3）", "Leaf (SM3)"),
                say("证明长度", "Proof")},
               1);
    for (const auto& proof : with_.model.proofs) {
      sheet.number(proof.index).text(proof.type).text(minute_text(proof.time)).text(to_hex(proof.leaf));
      sheet.number(proof.path.size());
      sheet.next();
    }
    sheet.close_table();
  }

  Workbook& book_;
  const Composer& with_;
  std::string name_;  // of the summary's sheet, which charts refer to
};

/// A file that goes with its owner.
struct ScratchFile {
  std::string path;
  explicit ScratchFile(std::string at) : path(std::move(at)) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { ::unlink(path.c_str()); }
};

}  // namespace

Result<Bytes> render_xlsx(const report::Model& model, Language language, const std::string& scratch) {
  const auto summary = report::summarise(model);
  const PageLimits limits;
  Composer composer{model, summary, language, limits};
  composer.out.language = language;
  compose_cover(composer);
  const ScratchFile file(scratch + "/report-" + std::to_string(::getpid()) + ".xlsx");
  KW_TRY(auto book, Workbook::make(file.path, scratch, composer.out.cover.subject + " " + composer.out.cover.title,
                                   model.cover.number, model.cover.made));
  ReportBook(book, composer).write();
  KW_CHECK(book.finish());
  return platform::read_file(file.path, kMostWorkbook);
}

}  // namespace kw::paper
