// Chapters 3 and 4: each clause with its verdict, evidence and ledger entries; findings with what to do.
#include <algorithm>

#include "paper/composer.h"

namespace kw::paper {
namespace {

using compliance::Status;

std::string evidence_text(const Composer& to, std::uint16_t rule) {
  std::string text;
  const auto& summary = to.summary.rules[rule];
  for (const auto& group : report::reasons_of(to.model, rule))
    text += (text.empty() ? "" : "\n") + to.reason_text(to.model.rules[rule], group, summary.subjects);
  return text.empty() ? "—" : text;
}

Row clause_row(const Composer& to, std::uint16_t r) {
  const auto& rule = to.model.rules[r];
  const auto& summary = to.summary.rules[r];
  Row row{{rule.id, Tone::plain, true}};
  row.push_back({to.say(rule.title)});
  row.push_back(
      {std::string(word_for(to.language, rule.severity)) + "\n" + std::string(word_for(to.language, rule.scope)),
       Tone::plain, false, true});
  auto status = to.status_cell(summary.status);
  if (summary.subjects > 1) status.text += "\n" + to.counts_text(summary.count);
  if (summary.subjects == 0) status = {to.say("无对象", "no subject"), Tone::none, false, true};
  row.push_back(std::move(status));
  row.push_back({evidence_text(to, r)});
  row.push_back({to.proofs_text(proofs_of_rule(to.model, r)), Tone::plain, false, false});
  return row;
}

/// Where a finding is: names of the first subjects, and how many there are.
std::string places_text(const Composer& to, const report::Finding& finding) {
  std::string text;
  const auto most = std::min(to.limits.named_subjects, finding.subjects.size());
  for (std::size_t i = 0; i < most; ++i) {
    const auto& subject = to.model.subjects[finding.subjects[i]];
    const auto* line = report::line_of(subject, finding.rule);
    text += (i == 0 ? "" : to.say("、", ", ")) + std::string(mark_of(line->status)) + to.subject_name(subject);
  }
  if (finding.subjects.size() > most)
    text += to.say(" 等共 " + std::to_string(finding.subjects.size()) + " 个对象（全部见工作簿“问题”表）",
                   " and others, " + std::to_string(finding.subjects.size()) +
                       " in all (each is in the workbook's sheet of findings)");
  return text;
}

std::vector<std::uint64_t> proofs_of_finding(const Composer& to, const report::Finding& finding) {
  std::vector<std::uint64_t> all;
  for (const auto s : finding.subjects) {
    const auto* line = report::line_of(to.model.subjects[s], finding.rule);
    for (const auto at : line->proofs) all.push_back(to.model.proofs[at].index);
    for (const auto& evidence : line->evidence)
      for (const auto at : evidence.proofs) all.push_back(to.model.proofs[at].index);
  }
  std::ranges::sort(all);
  const auto twice = std::ranges::unique(all);
  all.erase(twice.begin(), twice.end());
  return all;
}

Table finding_table(const Composer& to, const report::Finding& finding, std::size_t number) {
  const auto& rule = to.model.rules[finding.rule];
  Table table;
  table.widths = {16, 84};
  table.together = true;
  auto digits = std::to_string(number);
  digits.insert(0, digits.size() < 3 ? 3 - digits.size() : 0, '0');
  const auto title = to.say("问题 ", "Finding ") + digits + to.say("　〔", "  [") +
                     std::string(word_for(to.language, rule.severity)) + to.say("〕　", "]  ") + rule.id + "  " +
                     to.say(rule.title);
  table.rows.push_back({{title, Tone::head, true}});
  const auto row = [&](std::string name, Cell value) {
    table.rows.push_back({{std::move(name), Tone::plain, true}, std::move(value)});
  };
  const bool several = to.summary.rules[finding.rule].subjects > 1;
  row(to.say("结论", "Verdict"),
      {marked(to.language, finding.worst) +
           (several ? to.say("（", " (") + to.counts_text(to.summary.rules[finding.rule].count) + to.say("）", ")")
                    : ""),
       tone_of(finding.worst)});
  std::string reasons;
  for (const auto& group : finding.reasons)
    reasons += (reasons.empty() ? "" : "\n") + to.reason_text(rule, group, to.summary.rules[finding.rule].subjects);
  row(to.say("依据", "Why"), {reasons.empty() ? "—" : reasons});
  row(to.say("对象", "Where"), {places_text(to, finding)});
  row(to.say("整改建议", "What to do"), {to.say(rule.advice)});
  row(to.say("账本凭证", "Ledger"), {to.proofs_text(proofs_of_finding(to, finding), 8)});
  return table;
}

}  // namespace

void compose_clauses(Composer& to) {
  to.heading(1, to.say("3　条款逐项结论", "3  Clause by clause"), true);
  to.text(to.say(
      "下列各表按条款列出结论、依据与账本凭证。多个对象时，结论取其中最差者，并以符号列出各结论的对象数；依据列"
      "出每项检查的"
      "结果及对象数，括号内为首个对象的实测值与数据时间。末列为审计账本中的记录序号，见附录 E。",
      "The tables give verdict, evidence and ledger entries of each clause. Of several subjects the worst "
      "verdict is named, with how many there are of each; evidence is what each check came to and at how "
      "many, with value and age at the first of them in brackets. The last column has numbers of entries of the audit "
      "ledger; see annex E."));
  int number = 0;
  Table table;
  std::string title;
  for (std::size_t i = 0; i < to.summary.chapters.size(); ++i) {
    const auto& chapter = to.summary.chapters[i];
    title += title.empty() ? to.say("第 ", "Chapter ") + chapter.name : to.say("、", ", ") + chapter.name;
    for (std::size_t r = 0; r < to.model.rules.size(); ++r)
      if (compliance::chapter_of(to.model.rules[r].clause) == chapter.name)
        table.rows.push_back(clause_row(to, static_cast<std::uint16_t>(r)));
    // chapters that only inform share a table
    const bool informs = chapter.score.possible == 0;
    if (informs && i + 1 < to.summary.chapters.size() && to.summary.chapters[i + 1].score.possible == 0) continue;
    title += to.say(" 章　", "  ") +
             (informs ? to.say("资料性内容", "Informative") : std::string(chapter_title(to.language, chapter.name)));
    table.widths = to.chinese() ? std::vector<double>{9.5, 14, 7.5, 17.5, 40.5, 11}
                                : std::vector<double>{9.5, 15, 9.5, 15, 40.5, 10.5};
    table.head = {to.say("条款", "Clause"),  to.say("要求", "Requirement"), to.say("程度\n对象", "Severity\nscope"),
                  to.say("结论", "Verdict"), to.say("依据", "Evidence"),    to.say("账本凭证", "Ledger")};
    to.heading(2, "3." + std::to_string(++number) + to.say("　", "  ") + title);
    to.add(std::move(table));
    table = {};
    title.clear();
  }
}

void compose_findings(Composer& to) {
  to.heading(1, to.say("4　发现的问题与整改建议", "4  Findings, and what to do"), true);
  if (to.summary.findings.empty()) {
    to.text(to.say("未发现问题。", "There are no findings."));
    return;
  }
  to.text(
      to.say("问题按严重程度、结论和对象数排序；同一要求在多个对象上的问题合并为一条。未知同样列出：未知不等于符合。",
             "Findings are ordered by severity, verdict and number of subjects; one requirement is one finding. What "
             "is unknown is listed, too: unknown is not met."));
  auto severity = compliance::Severity::critical;
  bool first = true;
  int section = 0;
  std::size_t number = 0;
  for (const auto& finding : to.summary.findings) {
    const auto own = to.model.rules[finding.rule].severity;
    if (first || own != severity) {
      const auto word = std::string(word_for(to.language, own));
      to.heading(2, "4." + std::to_string(++section) + to.say("　" + word + "问题", "  Findings: " + word));
    }
    first = false;
    severity = own;
    to.add(finding_table(to, finding, ++number));
  }
}

}  // namespace kw::paper
