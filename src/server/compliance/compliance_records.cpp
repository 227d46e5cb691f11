#include "server/compliance/compliance_records.h"

#include <algorithm>

#include "server/api/call.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostNumber = 100, kMostName = 200, kDigest = 32;

std::map<std::string, std::string> words_of_record(const store::ComplianceRecord& row) {
  return {{"whose", subject_text(row.subject)},
          {"record", row.record},
          {"requirement", row.requirement},
          {"number", row.number},
          {"id", row.id.text()},
          {"until", to_rfc3339(row.valid_until)}};
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

Result<> check_times(Timestamp from, Timestamp until, Timestamp now) {
  if (until <= from) return fail(Errc::invalid, "/valid_until: after valid_from");
  if (until <= now) return fail(Errc::invalid, "/valid_until: in the future");
  if (until - from > ComplianceRecords::kLongest) return fail(Errc::invalid, "/valid_until: at most ten years");
  return {};
}

}  // namespace

Result<store::ComplianceRecord> ComplianceRecords::file(const NewRecord& wanted, const Principal& who,
                                                        const std::string& trace) {
  if (!service_.standing(wanted.subject)) return fail(Errc::not_found, "subject");
  const auto roles = service_.book().roles_for(wanted.record, *scope_of(wanted.subject.kind));
  if (roles.empty()) return fail(Errc::invalid, "/record: no requirement asks for it at this subject");
  if (!roles.contains(who.role)) return fail(Errc::forbidden, "this role may not attest it");
  KW_CHECK(check_text("/reference", wanted.number, 1, kMostNumber));
  KW_CHECK(check_text("/issuer", wanted.issuer, 1, kMostName));
  KW_CHECK(check_text("/file_name", wanted.file_name, 0, kMostName));
  KW_CHECK(check_times(wanted.valid_from, wanted.valid_until, changes_.clock().now()));
  if (wanted.fields.size() > kMostFields) return fail(Errc::invalid, "/fields: too many");
  for (const auto& [name, value] : wanted.fields) {
    if (!is_field_name(name)) return fail(Errc::invalid, "/fields: names are a-z, 0-9 and _");
    KW_CHECK(check_text("/fields/" + name, value, 0, kMostField));
  }
  if (!wanted.file_digest.empty() && wanted.file_digest.size() != kDigest)
    return fail(Errc::invalid, "/file_digest: SM3 in hex");
  if (wanted.file_digest.empty() != wanted.file_name.empty())
    return fail(Errc::invalid, "/file_name: name and digest go together");
  store::ComplianceRecord row;
  row.subject = wanted.subject;
  row.record = wanted.record;
  row.number = wanted.number;
  row.issuer = wanted.issuer;
  row.valid_from = wanted.valid_from;
  row.valid_until = wanted.valid_until;
  row.fields = wanted.fields;
  row.file_name = wanted.file_name;
  row.file_digest = wanted.file_digest;
  row.who = who.account;
  row.role = who.role;
  return keep(std::move(row), who.actor(trace));
}

Result<> ComplianceRecords::check(const NewStatement& wanted, const Principal& who) const {
  const auto* requirement = service_.book().find(wanted.requirement);
  if (requirement == nullptr) return fail(Errc::invalid, "/requirement: unknown");
  if (!service_.standing(wanted.subject)) return fail(Errc::not_found, "subject");
  if (scope_of(wanted.subject.kind) != requirement->scope)
    return fail(Errc::invalid, "/subject: it is not judged there");
  if (!requirement->may_not_apply) return fail(Errc::invalid, "/requirement: it may not be left out");
  if (std::ranges::find(requirement->attested_by, who.role) == requirement->attested_by.end())
    return fail(Errc::forbidden, "this role may not attest it");
  KW_CHECK(check_text("/reference", wanted.number, 1, kMostNumber));
  KW_CHECK(check_text("/reason", wanted.reason, 1, kMostName));
  const auto now = changes_.clock().now();
  return check_times(now, wanted.valid_until, now);
}

Result<store::ComplianceRecord> ComplianceRecords::declare(const NewStatement& wanted, const Principal& who,
                                                           const std::string& second, const std::string& trace) {
  KW_CHECK(check(wanted, who));
  if (second.empty() || second == who.account) return fail(Errc::forbidden, "it takes a second person");
  store::ComplianceRecord row;
  row.subject = wanted.subject;
  row.record = compliance::kNotApplicable;
  row.requirement = wanted.requirement;
  row.number = wanted.number;
  row.reason = wanted.reason;
  row.valid_from = changes_.clock().now();
  row.valid_until = wanted.valid_until;
  row.who = who.account;
  row.role = who.role;
  row.second_who = second;
  return keep(std::move(row), who.actor(trace));
}

Result<store::ComplianceRecord> ComplianceRecords::keep(store::ComplianceRecord row, const Actor& who) {
  row.filed = changes_.clock().now();
  row.id = store::ComplianceRecordId::make(row.filed, changes_.random());
  return changes_.run([&](Change& change) -> Result<store::ComplianceRecord> {
    KW_CHECK(change.repositories().compliance().insert_record(row));
    change.to_judge(row.subject);
    auto params = words_of_record(row);
    if (!row.file_digest.empty()) params["digest"] = to_hex(row.file_digest);
    if (!row.second_who.empty()) params["second"] = row.second_who;
    Happening filed{.type = "compliance.record.filed", .actor = who, .device = device_of(row.subject)};
    filed.params = std::move(params);
    KW_CHECK(change.record(filed));
    return row;
  });
}

Result<store::ComplianceRecord> ComplianceRecords::withdraw(const store::ComplianceRecordId& id,
                                                            const std::string& reason, const Principal& who,
                                                            const std::string& trace) {
  KW_TRY(auto row, get(id));
  if (row.who != who.account) {
    const auto* requirement = service_.book().find(row.requirement);
    const auto scope = scope_of(row.subject.kind);
    const auto roles = requirement != nullptr
                           ? std::set<std::string>(requirement->attested_by.begin(), requirement->attested_by.end())
                       : scope ? service_.book().roles_for(row.record, *scope)
                               : std::set<std::string>();
    if (!roles.contains(who.role)) return fail(Errc::forbidden, "this role may not withdraw it");
  }
  row.withdrawn = changes_.clock().now();
  row.withdrawn_by = who.account;
  row.withdrawn_why = reason;
  return changes_.run([&](Change& change) -> Result<store::ComplianceRecord> {
    KW_CHECK(change.repositories().compliance().withdraw(id, *row.withdrawn, row.withdrawn_by, reason));
    change.to_judge(row.subject);
    auto params = words_of_record(row);
    params["reason"] = reason;
    params.erase("until");
    Happening gone{.type = "compliance.record.withdrawn", .actor = who.actor(trace), .device = device_of(row.subject)};
    gone.params = std::move(params);
    KW_CHECK(change.record(gone));
    return row;
  });
}

Result<std::vector<store::ComplianceRecord>> ComplianceRecords::of(const store::ComplianceSubject& subject) {
  return changes_.store().read([&](auto& r) { return r.compliance().records(subject, false); });
}
Result<store::ComplianceRecord> ComplianceRecords::get(const store::ComplianceRecordId& id) {
  return changes_.store().read([&](auto& r) { return r.compliance().record(id); });
}
Result<std::vector<store::ComplianceRecord>> ComplianceRecords::newest(std::size_t most) {
  return changes_.store().read([&](auto& r) { return r.compliance().newest_records(most); });
}

}  // namespace kw::server
