#include "server/api/bodies.h"
#include "server/api/compliance_call.h"
#include "server/api/compliance_views.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostRecords = 500;

Result<Timestamp> time_of(const std::string& pointer, const std::string& text) {
  const auto parsed = from_rfc3339(text);
  if (!parsed) return fail(Errc::invalid, pointer + ": RFC 3339 in UTC");
  return *parsed;
}

/// placed_subject is the subject that a body names, within the caller's scope.
Result<store::ComplianceSubject> placed_subject(ComplianceHouse& house, const Call& call, const std::string& text) {
  KW_TRY(const auto group, house.reports.group(text, call.who.scope));
  if (!group.single) return fail(Errc::invalid, "/subject: platform, site:ID or device:ID");
  return *group.single;
}

Result<Answer> file_record(ComplianceHouse& house, const Call& call) {
  KW_TRY(const auto body, call.body<ComplianceRecordNew>());
  NewRecord wanted;
  KW_TRY(wanted.subject, placed_subject(house, call, body.subject));
  wanted.record = body.record;
  wanted.number = body.reference;
  wanted.issuer = body.issuer;
  KW_TRY(wanted.valid_from, time_of("/valid_from", body.valid_from));
  KW_TRY(wanted.valid_until, time_of("/valid_until", body.valid_until));
  wanted.fields = body.fields;
  wanted.file_name = body.file_name.value_or("");
  const auto digest = from_hex(body.file_digest.value_or(""));
  if (!digest) return fail(Errc::invalid, "/file_digest: SM3 in hex");
  wanted.file_digest = *digest;
  KW_TRY(const auto row, house.records.file(wanted, call.who, call.request.trace));
  return ok(view(row, ""), 201);
}

Result<NewStatement> statement_of(ComplianceHouse& house, const Call& call) {
  KW_TRY(const auto body, call.body<ComplianceStatementNew>());
  NewStatement out;
  KW_TRY(out.subject, placed_subject(house, call, body.subject));
  out.requirement = body.requirement;
  out.number = body.reference;
  out.reason = body.reason;
  KW_TRY(out.valid_until, time_of("/valid_until", body.valid_until));
  return out;
}

Result<Answer> list_records(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "record"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto kind, call.query("record", 64));
  std::vector<store::ComplianceRecord> rows;
  if (group.single) {
    KW_TRY(rows, house.records.of(*group.single));
  } else {
    KW_TRY(rows, house.records.newest(10 * kMostRecords));
    std::erase_if(rows, [&](const auto& row) {
      return std::ranges::none_of(group.members, [&](const auto& one) { return one.subject == row.subject; });
    });
  }
  ItemsView<ComplianceRecordView> out;
  for (const auto& row : rows) {
    if (out.items.size() == kMostRecords) break;
    if (kind.empty() || row.record == kind) out.items.push_back(view(row, name_in(group, row.subject)));
  }
  return ok(out);
}

Result<Answer> withdraw_record(ComplianceHouse& house, const Call& call) {
  KW_TRY(const auto id, call.id<store::ComplianceRecordId>());
  KW_TRY(const auto reason, reason_of(call));
  KW_TRY(const auto row, house.records.get(id));
  KW_CHECK(house.reports.group(subject_text(row.subject), call.who.scope));
  KW_TRY(const auto gone, house.records.withdraw(id, reason, call.who, call.request.trace));
  return ok(view(gone, ""));
}

}  // namespace

void add_compliance_record_routes(Api& api, const ApiServices& s) {
  auto* house = s.compliance;
  api.add("GET", "/compliance/records", "listComplianceRecords", with_compliance(house, list_records));
  api.add("POST", "/compliance/records", "fileComplianceRecord", with_compliance(house, file_record));
  api.add("POST", "/compliance/records/{id}/withdraw", "withdrawComplianceRecord",
          with_compliance(house, withdraw_record));
  api.add("POST", "/compliance/statements", "declareNotApplicable",
          with_compliance(house,
                          [](ComplianceHouse& there, const Call& call) -> Result<Answer> {
                            KW_TRY(const auto wanted, statement_of(there, call));
                            KW_TRY(const auto row,
                                   there.records.declare(wanted, call.who, call.second, call.request.trace));
                            return ok(view(row, ""), 201);
                          }),
          [house](const Call& call) -> Result<std::map<std::string, std::string>> {
            if (house == nullptr) return fail(Errc::unavailable, "compliance");
            KW_TRY(const auto wanted, statement_of(*house, call));
            KW_CHECK(house->records.check(wanted, call.who));
            return std::map<std::string, std::string>{{"whose", subject_text(wanted.subject)},
                                                      {"requirement", wanted.requirement},
                                                      {"reference", wanted.number},
                                                      {"until", to_rfc3339(wanted.valid_until)},
                                                      {"reason", wanted.reason}};
          });
}

}  // namespace kw::server
