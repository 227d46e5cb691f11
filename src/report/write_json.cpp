#include "report/json_out.h"
#include "report/model_json.h"
#include "report/summary.h"

namespace kw::report {
namespace {

using compliance::Status;

// Keys of each object stand in the order of their octets; a test compares.

void put(JsonOut& out, std::string_view name, const Words& words) {
  out.key(name).open('{').text("en", words.en).text("zh", words.zh).close('}');
}
void put(JsonOut& out, std::string_view name, std::span<const std::uint32_t> numbers) {
  out.key(name).open('[');
  for (const auto number : numbers) out.number(number);
  out.close(']');
}
void put(JsonOut& out, const compliance::Score& score) {
  out.open('{').key("count").open('{');
  // by name, in the order of the octets
  for (const auto status : {Status::met_attested, Status::met_measured, Status::not_applicable, Status::not_met,
                            Status::partly, Status::unknown})
    out.number(name(status), score.count.at(static_cast<std::size_t>(status)));
  out.close('}').number("earned", score.earned);
  if (const auto percent = score.percent_hundredths()) out.number("hundredths", *percent);
  out.number("possible", score.possible).close('}');
}
void put(JsonOut& out, std::string_view key, std::span<const NamedScore> scores) {
  out.key(key).open('[');
  for (const auto& one : scores) {
    out.open('{').text("name", one.name).key("score");
    put(out, one.score);
    out.number("subjects", one.subjects).close('}');
  }
  out.close(']');
}

std::string_view kind_name(compliance::Check::Kind of) {
  return of == compliance::Check::Kind::fact ? "fact" : of == compliance::Check::Kind::event ? "event" : "record";
}

void put_reason(JsonOut& out, const Rule& rule, const compliance::Reason& reason) {
  out.number("age_s", std::chrono::floor<std::chrono::seconds>(reason.age).count());
  if (reason.check < rule.checks.size()) out.text("check", rule.checks[reason.check].name);
  out.text("outcome", name(reason.outcome));
}

void put(JsonOut& out, const Rule& rule, const Line& line) {
  out.open('{').key("evidence").open('[');
  for (const auto& evidence : line.evidence) {
    out.open('{');
    put_reason(out, rule, evidence.reason);
    if (!evidence.proofs.empty()) put(out, "proofs", evidence.proofs);
    out.text("used", evidence.reason.used).text("value", evidence.reason.value);
    out.text("why", name(evidence.reason.why)).close('}');
  }
  out.close(']');
  if (!line.proofs.empty()) put(out, "proofs", line.proofs);
  out.text("rule", rule.id).text("status", name(line.status));
  if (line.valid_until) out.text("valid_until", to_rfc3339(*line.valid_until));
  out.close('}');
}

void put(JsonOut& out, const Rule& rule) {
  out.open('{');
  put(out, "advice", rule.advice);
  out.key("checks").open('[');
  for (const auto& check : rule.checks) {
    out.open('{').text("asked", check.asked).text("kind", kind_name(check.kind)).text("must", check.must);
    out.text("name", check.name);
    put(out, "what", check.what);
    out.close('}');
  }
  out.close(']').text("clause", rule.clause).text("id", rule.id);
  put(out, "leaves_open", rule.leaves_open);
  out.text("modality", name(rule.modality)).text("scope", name(rule.scope)).text("severity", name(rule.severity));
  put(out, "title", rule.title);
  out.close('}');
}

void put(JsonOut& out, const Model& model, const Subject& subject) {
  out.open('{').text("custodian", subject.custodian).text("district", subject.district).text("id", subject.id);
  out.text("kind", subject.kind).key("lines").open('[');
  for (const auto& line : subject.lines) put(out, model.rules[line.rule], line);
  out.close(']').text("name", subject.name).text("scope", name(subject.scope)).text("site", subject.site).close('}');
}

void put(JsonOut& out, const Cover& cover) {
  out.open('{').text("from", to_rfc3339(cover.from)).text("made", to_rfc3339(cover.made)).text("number", cover.number);
  put(out, "operating_unit", cover.operating_unit);
  put(out, "platform", cover.platform);
  put(out, "prepared_by", cover.prepared_by);
  put(out, "scope", cover.scope);
  out.text("software", cover.software).text("standard", cover.standard);
  put(out, "subject", cover.subject);
  put(out, "title", cover.title);
  out.text("until", to_rfc3339(cover.until)).close('}');
}

void put(JsonOut& out, const ItemLine& item) {
  out.open('{');
  put(out, "class", item.control_class);
  out.text("id", item.id).text("level2", item.level2).text("level3", item.level3).key("proven_by").open('[');
  for (const auto& id : item.proven_by) out.text(id);
  out.close(']').text("standard", item.standard).text("status", name(item.status));
  put(out, "title", item.title);
  out.close('}');
}

void put(JsonOut& out, const Record& record) {
  out.open('{');
  put(out, "about", record.about);
  out.text("file_sm3", to_hex(record.file_digest)).text("issuer", record.issuer).text("kind", record.kind);
  out.text("number", record.number).text("role", record.role).text("subject", record.subject);
  out.text("valid_from", to_rfc3339(record.valid_from)).text("valid_until", to_rfc3339(record.valid_until)).close('}');
}

void put(JsonOut& out, const ProvedEntry& proof) {
  out.open('{').text("entry", to_base64(proof.entry)).number("index", proof.index).text("leaf", to_hex(proof.leaf));
  out.key("path").open('[');
  for (const auto& hash : proof.path) out.text(to_hex(hash));
  out.close(']').text("time", to_rfc3339(proof.time)).text("type", proof.type).close('}');
}

void put(JsonOut& out, const Model& model, const Finding& finding) {
  const auto& rule = model.rules[finding.rule];
  out.open('{').key("reasons").open('[');
  for (const auto& group : finding.reasons) {
    out.open('{');
    if (group.reason.check < rule.checks.size()) out.text("check", rule.checks[group.reason.check].name);
    out.number("count", group.count).text("why", name(group.reason.why)).close('}');
  }
  out.close(']').text("rule", rule.id).text("severity", name(rule.severity)).key("subjects").open('[');
  for (const auto s : finding.subjects) out.text(model.subjects[s].id);
  out.close(']').text("worst", name(finding.worst)).close('}');
}

void put(JsonOut& out, const Model& model, const Summary& summary) {
  out.open('{');
  put(out, "chapters", summary.chapters);
  put(out, "districts", summary.districts);
  out.key("findings").open('[');
  for (const auto& finding : summary.findings) put(out, model, finding);
  out.close(']').key("rules").open('[');
  for (std::size_t r = 0; r < model.rules.size(); ++r)
    out.open('{').text("id", model.rules[r].id).text("status", name(summary.rules[r].status)).close('}');
  out.close(']');
  put(out, "sections", summary.sections);
  put(out, "sites", summary.sites);
  out.key("subjects").open('[');
  for (const auto& score : summary.subjects) put(out, score);
  out.close(']').key("total");
  put(out, summary.total);
  out.close('}');
}

}  // namespace

std::string write_json(const Model& model) {
  JsonOut out;
  out.open('{').text("checkpoint", to_base64(model.checkpoint)).key("cover");
  put(out, model.cover);
  out.text("format", "kioskward-report").key("items").open('[');
  for (const auto& item : model.items) put(out, item);
  out.close(']').key("proofs").open('[');
  for (const auto& proof : model.proofs) put(out, proof);
  out.close(']').key("records").open('[');
  for (const auto& record : model.records) put(out, record);
  out.close(']').key("rules").open('[');
  for (const auto& rule : model.rules) put(out, rule);
  out.close(']').key("subjects").open('[');
  for (const auto& subject : model.subjects) put(out, model, subject);
  out.close(']').key("summary");
  put(out, model, summarise(model));
  out.key("trend").open('[');
  for (const auto& point : model.trend)
    out.open('{').number("hundredths", point.hundredths).text("time", to_rfc3339(point.time)).close('}');
  out.close(']').number("version", kModelVersion).close('}');
  return std::move(out).take();
}

}  // namespace kw::report
