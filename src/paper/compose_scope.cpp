// The cover, and chapter 1: what was assessed, by what, and how a verdict comes about.
#include <algorithm>

#include "paper/composer.h"

namespace kw::paper {
namespace {

using compliance::Status;

void add_methods(Composer& to) {
  to.heading(2, to.say("1.4　评估方法与结论含义", "1.4  Method, and what a verdict means"));
  to.text(to.say(
      "每条要求由目录中的规则逐项检查：测量值由终端或平台采集并随心跳上报；事件取自审计账本；记录由有权角色出具并有"
      "有效期。超过规则所定时限的数据视为未知，未知一律不计为符合。得分按严重程度加权：重大 8、严重 4、一般 2、轻微 1；"
      "符合得全部、部分符合得一半，不符合与未知不得分，不适用的不计入。",
      "A rule of the catalogue checks each requirement item by item. Measurements come from the kiosk or the "
      "platform with its heartbeats, events from the audit ledger; records are given by a role that may, and "
      "end. Data older than the rule allows are unknown, and unknown never counts as met. Scores weigh by "
      "severity: critical 8, serious 4, ordinary 2, minor 1. Met earns all, partly met half, not met and "
      "unknown nothing; what does not apply is left out."));
  Table table;
  table.caption = to.say("表 1　结论的含义", "Table 1  Verdicts");
  table.widths = {22, 78};
  table.head = {to.say("结论", "Verdict"), to.say("含义", "Meaning")};
  table.together = true;
  const auto row = [&](Status status, std::string_view zh, std::string_view en) {
    table.rows.push_back({to.status_cell(status), {to.say(zh, en)}});
  };
  row(Status::met_measured, "所有检查均为测量，且全部成立。", "Every check is a measurement, and holds.");
  row(Status::met_attested, "所有检查成立，其中至少一项依据有权人员出具的记录；到期后失效。",
      "Every check holds, and at least one rests on a record that somebody gave; it ends with it.");
  row(Status::partly, "一部分已证明，另有缺项，或规则声明平台不能覆盖的部分。",
      "Something is proven, something is missing, or the rule leaves something open.");
  row(Status::not_met, "决定性检查不成立，或记录过期、缺项、出具人角色不符。",
      "A deciding check does not hold, or a record ended, lacks a field or was given by the wrong role.");
  row(Status::unknown, "从未测量、数据过旧，或没有任何证据。不视为符合。",
      "Never measured, measured too long ago, or no evidence at all. It is not taken for met.");
  row(Status::not_applicable, "经两人说明理由且规则允许，到期须重新声明。",
      "Two persons said why, and the rule allows it; it has to be said again when it ends.");
  to.add(std::move(table));
}

std::size_t subjects_of(const report::Model& model, compliance::Scope scope) {
  return static_cast<std::size_t>(std::ranges::count(model.subjects, scope, &report::Subject::scope));
}

}  // namespace

void compose_cover(Composer& to) {
  const auto& cover = to.model.cover;
  auto& page = to.out.cover;
  page.number = to.say("报告编号：", "Report No. ") + cover.number;
  page.kicker = cover.standard;
  page.title = to.say(cover.title);
  if (page.title.empty()) page.title = to.say("安全合规评估报告", "Security Compliance Report");
  page.subject = to.say(cover.subject);
  page.lines = {{to.say("受评单位", "Operating unit"), to.say(cover.operating_unit)},
                {to.say("管理平台", "Platform"), to.say(cover.platform)},
                {to.say("评估期间", "Period"),
                 day_text(to.language, cover.from) + to.say(" 至 ", " to ") + day_text(to.language, cover.until)},
                {to.say("编制单位", "Prepared by"), to.say(cover.prepared_by)}};
  page.signers = {to.say("编制", "Prepared"), to.say("审核", "Reviewed"), to.say("批准", "Approved")};
  page.date = day_text(to.language, cover.made);
  page.foot = to.say("本报告由账本密钥（SM2）签名，可用 kioskward verify report 离线核验。",
                     "Signed with the ledger's key (SM2); kioskward verify report checks it offline.");
  to.out.contents_title = to.say("目　录", "Contents");
  to.out.head_left = page.subject;
  to.out.head_right = page.number;
}

void compose_scope(Composer& to) {
  const auto& cover = to.model.cover;
  to.heading(1, to.say("1　评估概述", "1  Scope and method"), true);
  to.heading(2, to.say("1.1　评估对象与范围", "1.1  What is assessed"));
  to.text(to.say(cover.scope));
  Table table;
  table.caption = to.say("", "");
  table.widths = {22, 78};
  table.together = true;
  const auto row = [&](std::string name, std::string value) {
    table.rows.push_back({{std::move(name), Tone::head, true}, {std::move(value)}});
  };
  row(to.say("评估对象", "Subject"), to.say(cover.subject));
  row(to.say("受评单位", "Operating unit"), to.say(cover.operating_unit));
  row(to.say("管理平台", "Platform"), to.say(cover.platform) + to.say("（", " (") + cover.software + to.say("）", ")"));
  row(to.say("终端数量", "Kiosks"), std::to_string(subjects_of(to.model, compliance::Scope::device)));
  row(to.say("场所数量", "Sites"), std::to_string(to.summary.sites.size()));
  row(to.say("要求条数", "Requirements"), std::to_string(to.model.rules.size()));
  to.add(std::move(table));
  to.heading(2, to.say("1.2　评估期间", "1.2  Period"));
  to.text(to.say("评估期间为" + day_text(to.language, cover.from) + "至" + day_text(to.language, cover.until) +
                     "，结论为期末时刻（" + minute_text(cover.until) + "，北京时间）的状态。",
                 "The period is from " + day_text(to.language, cover.from) + " to " +
                     day_text(to.language, cover.until) + ". Verdicts are those of its end (" +
                     minute_text(cover.until) + ", UTC+8)."));
  to.heading(2, to.say("1.3　评估依据", "1.3  Basis"));
  to.text(to.say("主要依据 " + cover.standard +
                     "《政务服务自助服务终端一体化技术规范 第7部分：安全》。附录 C 给出与 GB/T 22239—2019、"
                     "GB/T 39786—2021 控制项的对应关系。",
                 "The basis is " + cover.standard +
                     ". Annex C maps the verdicts to control items of GB/T 22239-2019 and "
                     "GB/T 39786-2021."));
  add_methods(to);
}

}  // namespace kw::paper
