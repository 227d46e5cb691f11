// Annexes: kiosks and sites, records, other standards, what was not measured, ledger entries and how to verify.
#include <algorithm>

#include "kioskward/v1/common.pb.h"
#include "ledger/checkpoint.h"
#include "paper/composer.h"
#include "schema/codec.h"

namespace kw::paper {
namespace {

using compliance::Scope;
using compliance::Status;

std::string number_of(const compliance::Score& score, Status status) {
  return std::to_string(score.count.at(static_cast<std::size_t>(status)));
}

/// What a list leaves out.
void add_rest(Composer& to, std::size_t shown, std::size_t all) {
  if (shown >= all) return;
  to.text(to.say("此处列出前 " + std::to_string(shown) + " 行，共 " + std::to_string(all) +
                     " 行；其余见工作簿与 report.json。",
                 "The first " + std::to_string(shown) + " of " + std::to_string(all) +
                     " rows; the rest is in the workbook and in report.json."),
          Paragraph::Style::note);
}

void add_kiosks(Composer& to) {
  to.heading(1, to.say("附录 A　终端与场所清单", "Annex A  Kiosks and sites"), true);
  to.text(to.say("保管人姓名已脱敏。× 为不符合条数，○ 为未知条数。",
                 "Names of custodians are masked. × counts what is not met, ○ what is unknown."),
          Paragraph::Style::note);
  Table table;
  table.caption = to.say("表 A　各对象得分", "Table A  Scores of each subject");
  table.widths = {17, 16, 12, 33, 9, 13, 7, 7};
  table.head = {to.say("编号", "Name"),
                to.say("类型", "Kind"),
                to.say("区", "District"),
                to.say("场所", "Site"),
                to.say("保管人", "Custodian"),
                to.say("得分", "Score"),
                "×",
                "○"};
  std::size_t shown = 0;
  for (std::size_t s = 0; s < to.model.subjects.size() && shown < to.limits.kiosks; ++s, ++shown) {
    const auto& subject = to.model.subjects[s];
    const auto& score = to.summary.subjects[s];
    const bool kiosk = subject.scope == Scope::device;
    table.rows.push_back(
        {{kiosk ? to.subject_name(subject) : std::string(word_for(to.language, subject.scope)), Tone::plain, true},
         {subject.kind.empty() ? "—" : subject.kind},
         {subject.district.empty() ? "—" : subject.district},
         {kiosk ? subject.site : to.subject_name(subject)},
         {subject.custodian.empty() ? "—" : subject.custodian},
         {percent_text(score.percent_hundredths()), Tone::plain, false, true},
         {number_of(score, Status::not_met), Tone::plain, false, true},
         {number_of(score, Status::unknown), Tone::plain, false, true}});
  }
  to.add(std::move(table));
  add_rest(to, shown, to.model.subjects.size());
}

void add_records(Composer& to) {
  to.heading(1, to.say("附录 B　所依据的记录", "Annex B  Records"), true);
  if (to.model.records.empty()) {
    to.text(to.say("没有依据记录的结论。", "No verdict rests on a record."));
    return;
  }
  Table table;
  table.caption = to.say("表 B　记录清单", "Table B  Records");
  table.widths = {29, 12, 15, 11, 10, 10, 13};
  table.head = {to.say("证明内容", "Shows"),
                to.say("编号", "Number"),
                to.say("出具机构", "Issuer"),
                to.say("登记角色", "Role"),
                to.say("自", "From"),
                to.say("至", "Until"),
                to.say("文件 SM3 前 8 位", "File SM3, first 8")};
  for (std::size_t i = 0; i < std::min(to.limits.records, to.model.records.size()); ++i) {
    const auto& record = to.model.records[i];
    const bool ends = record.valid_until < report::kLastTime;
    table.rows.push_back({{to.say(record.about).empty() ? record.kind : to.say(record.about)},
                          {record.number},
                          {record.issuer},
                          {role_word(to.language, record.role)},
                          {minute_text(record.valid_from).substr(0, 10)},
                          {ends ? minute_text(record.valid_until).substr(0, 10) : "—"},
                          {record.file_digest.empty() ? "—" : to_hex(record.file_digest).substr(0, 8)}});
  }
  to.add(std::move(table));
  add_rest(to, to.limits.records, to.model.records.size());
}

void add_items(Composer& to) {
  to.heading(1, to.say("附录 C　与其他标准控制项的对应", "Annex C  Control items of other standards"), true);
  if (to.model.items.empty()) {
    to.text(to.say("本报告未包含其他标准的控制项。", "This report has no items of other standards."));
    return;
  }
  to.text(
      to.say("结论由所列条款在全部对象上的结论与该项自身的记录合成，取最差者。“—”表示仅依据记录。",
             "A verdict is the worst of the clauses named, at all subjects, and of the item's own record. A dash: by "
             "its record alone."));
  std::string standard, control_class;
  Table table;
  int number = 0;
  const auto flush = [&] {
    if (!table.rows.empty()) to.add(std::move(table));
    table = {};
  };
  for (const auto& item : to.model.items) {
    if (item.standard != standard) {
      flush();
      standard = item.standard;
      control_class.clear();
      to.heading(2, "C." + std::to_string(++number) + to.say("　", "  ") + standard);
    }
    if (table.rows.empty()) {
      table.widths = {20, 12.5, 12.5, 21, 20, 23};
      table.head = {to.say("控制项", "Item"), to.say("二级", "Level 2"), to.say("三级", "Level 3"),
                    to.say("内容", "About"),  to.say("结论", "Verdict"), to.say("对应条款", "Clauses")};
    }
    if (const auto words = to.say(item.control_class); words != control_class) {
      control_class = words;
      table.rows.push_back({{control_class, Tone::head, true}});
    }
    std::string clauses;
    for (const auto& id : item.proven_by) clauses += (clauses.empty() ? "" : ", ") + id;
    table.rows.push_back({{item.id},
                          {item.level2.empty() ? "—" : item.level2},
                          {item.level3.empty() ? "—" : item.level3},
                          {to.say(item.title)},
                          to.status_cell(item.status),
                          {clauses.empty() ? "—" : clauses}});
  }
  flush();
}

void add_not_measured(Composer& to) {
  to.heading(1, to.say("附录 D　未测量事项声明", "Annex D  What was not measured"), true);
  to.text(
      to.say("以下事项平台未能测量，或规则声明不能由平台覆盖。凡列入本表者，本报告不对其符合性作出肯定结论，须由测评人"
             "员另行核查。",
             "The platform could not measure the following, or the rule says that it does not cover it. This report "
             "says of none of it that it is met: assessors have to look themselves."));
  Table table;
  table.caption = to.say("表 D　未测量事项", "Table D  Not measured");
  table.widths = {12, 24, 16, 48};
  table.head = {to.say("条款", "Clause"), to.say("要求", "Requirement"), to.say("未知对象", "Unknown at"),
                to.say("说明", "What is open")};
  for (std::size_t r = 0; r < to.model.rules.size(); ++r) {
    const auto& rule = to.model.rules[r];
    const auto& counts = to.summary.rules[r];
    const auto unknown = counts.count.at(static_cast<std::size_t>(Status::unknown));
    if (unknown == 0 && rule.leaves_open.en.empty()) continue;
    std::string why = to.say(rule.leaves_open);
    if (unknown > 0)
      for (const auto& group : report::reasons_of(to.model, static_cast<std::uint16_t>(r)))
        if (group.reason.outcome == compliance::Outcome::unknown && group.reason.why != compliance::Why::left_open &&
            group.reason.check < rule.checks.size())
          why += (why.empty() ? "" : "\n") + to.say(rule.checks[group.reason.check].what) + to.say("：", ": ") +
                 std::string(word_for(to.language, group.reason.why)) + to.say("，", ", ") +
                 std::to_string(group.count) + to.say(" 个对象", group.count == 1 ? " subject" : " subjects");
    table.rows.push_back({{rule.id, Tone::plain, true},
                          {to.say(rule.title)},
                          {std::to_string(unknown) + "/" + std::to_string(counts.subjects), Tone::plain, false, true},
                          {why.empty() ? "—" : why}});
  }
  if (table.rows.empty()) {
    to.text(to.say("无。", "Nothing."));
    return;
  }
  to.add(std::move(table));
}

void add_verification(Composer& to) {
  to.heading(1, to.say("附录 E　账本凭证与核验方法", "Annex E  Ledger entries, and how to verify"), true);
  to.heading(2, to.say("E.1　离线核验", "E.1  Offline"));
  to.text(
      to.say("报告包内含 report.json、本文件的各种格式和签名清单。核验只需平台账本公钥 "
             "ledger.pem，不需要联网，也不需要信任平台：",
             "The bundle has report.json, this document in its formats, and a signed manifest. To verify it takes the "
             "ledger's public key (ledger.pem); no network, and no trust in the platform:"));
  to.text("kioskward verify report " + to.model.cover.number + ".kwreport --key ledger.pem", Paragraph::Style::code);
  to.text(
      to.say("该命令核验清单签名、每个文件的 "
             "SM3、得分与问题是否由逐项结论得出，以及每条账本凭证能否推导到签名检查点，并逐项列出"
             "结果。退出码 0 表示与签名一致，3 表示不一致，1 表示无法读取。",
             "It checks the manifest's signature, SM3 of each file, that scores and findings follow from the lines, "
             "and that each proof leads to the signed checkpoint, and says of each what it found. Exit code 0: as "
             "signed; 3: not as signed; 1: not readable."));
  to.heading(2, to.say("E.2　检查点", "E.2  Checkpoint"));
  const auto object =
      schema::parse<kioskward::v1::Signed>(bytes_of(text_of(to.model.checkpoint)), ledger::kMaxSignedCheckpoint);
  const auto head =
      object ? ledger::parse_checkpoint(bytes_of(object->payload())) : Result<ledger::Checkpoint>(object.error());
  if (to.model.checkpoint.empty() || !head) {
    to.text(to.say("本报告未附账本凭证。", "This report has no ledger entries."));
    return;
  }
  Table point;
  point.widths = {22, 78};
  point.together = true;
  const auto row = [&](std::string name, std::string value) {
    point.rows.push_back({{std::move(name), Tone::head, true}, {std::move(value)}});
  };
  row(to.say("账本", "Ledger"), head->origin);
  row(to.say("记录数", "Entries"), std::to_string(head->size));
  row(to.say("根哈希", "Root"), to_hex(head->root));
  row(to.say("签名时间", "Signed"), minute_text(head->time));
  for (const auto& signature : object->signatures())
    row(to.say("公钥指纹（SM3）", "Key (SM3)"), to_hex(bytes_of(signature.key_id())));
  to.add(std::move(point));
  to.heading(2, to.say("E.3　记录", "E.3  Entries"));
  Table table;
  table.caption = to.say("表 E　账本凭证", "Table E  Ledger entries");
  table.widths = {12, 30, 23, 35};
  table.head = {to.say("序号", "Entry"), to.say("事件", "Event"), to.say("时间", "Time"),
                to.say("叶子哈希（前 16 位）", "Leaf (first 16 digits)")};
  for (std::size_t i = 0; i < std::min(to.limits.proofs, to.model.proofs.size()); ++i) {
    const auto& proof = to.model.proofs[i];
    table.rows.push_back(
        {{std::to_string(proof.index)}, {proof.type}, {minute_text(proof.time)}, {to_hex(proof.leaf).substr(0, 16)}});
  }
  to.add(std::move(table));
  add_rest(to, to.limits.proofs, to.model.proofs.size());
}

}  // namespace

void compose_annexes(Composer& to) {
  add_kiosks(to);
  add_records(to);
  add_items(to);
  add_not_measured(to);
  add_verification(to);
}

}  // namespace kw::paper
