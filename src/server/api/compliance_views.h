#pragma once
// The views of compliance: requirements, verdicts, records and sums as the API's JSON objects (schemas/openapi.yaml,
// Compliance*).
//
// Plain values; functions are pure and thread-safe.
#include "server/compliance/compliance_house.h"
#include "server/views.h"

namespace kw::server {

// clang-format off: one object of the schema a line or two
struct ComplianceWordsView { std::string zh, en; };
BOOST_DESCRIBE_STRUCT(ComplianceWordsView, (), (zh, en))
struct ComplianceCountsView { std::uint64_t met_measured, met_attested, partly, not_met, not_applicable, unknown; };
BOOST_DESCRIBE_STRUCT(ComplianceCountsView, (), (met_measured, met_attested, partly, not_met, not_applicable, unknown))
struct ComplianceScoreView { std::optional<std::uint64_t> hundredths; ComplianceCountsView counts; };
BOOST_DESCRIBE_STRUCT(ComplianceScoreView, (), (hundredths, counts))
struct ComplianceDayView { std::string day; ComplianceScoreView score; };
BOOST_DESCRIBE_STRUCT(ComplianceDayView, (), (day, score))
struct ComplianceChapterView { std::string chapter; ComplianceScoreView score; };
BOOST_DESCRIBE_STRUCT(ComplianceChapterView, (), (chapter, score))
struct ComplianceView {
  bool available;
  std::string subject, name;
  ComplianceScoreView score;
  std::uint64_t devices, sites;
  bool platform;
  std::uint64_t waiting;
  std::vector<ComplianceChapterView> chapters;
  std::vector<ComplianceDayView> trend;
};
BOOST_DESCRIBE_STRUCT(ComplianceView, (), (available, subject, name, score, devices, sites, platform, waiting, chapters, trend))
struct ComplianceRowView {
  std::string id, clause, chapter, modality, severity, scope;
  ComplianceWordsView title;
  std::optional<std::string> status, since;
  ComplianceCountsView counts;
};
BOOST_DESCRIBE_STRUCT(ComplianceRowView, (), (id, clause, chapter, modality, severity, scope, title, status, since, counts))
struct ComplianceFieldView { std::string name, has_to_be; };
BOOST_DESCRIBE_STRUCT(ComplianceFieldView, (), (name, has_to_be))
struct ComplianceReasonView { std::string outcome, why, used, value; std::optional<std::uint64_t> age_seconds; };
BOOST_DESCRIBE_STRUCT(ComplianceReasonView, (), (outcome, why, used, value, age_seconds))
struct ComplianceCheckView {
  std::string name, kind;
  ComplianceWordsView what;
  bool decides;
  std::vector<std::string> looks_at, settled_by, roles;
  std::string has_to_be;
  std::uint64_t within_seconds, stale_seconds, valid_seconds;
  std::vector<ComplianceFieldView> fields;
  bool file;
  std::optional<ComplianceReasonView> reason;
};
BOOST_DESCRIBE_STRUCT(ComplianceCheckView, (), (name, kind, what, decides, looks_at, settled_by, roles, has_to_be, within_seconds,
                                                stale_seconds, valid_seconds, fields, file, reason))
struct ComplianceChangeView { std::string subject, name, requirement, time, before, after; };
BOOST_DESCRIBE_STRUCT(ComplianceChangeView, (), (subject, name, requirement, time, before, after))
struct ComplianceAtView { std::string subject, name, site_name, status; };
BOOST_DESCRIBE_STRUCT(ComplianceAtView, (), (subject, name, site_name, status))
struct ComplianceDetailView {
  ComplianceRowView requirement;
  ComplianceWordsView advice, leaves_open;
  std::vector<std::string> attested_by, also;
  bool may_not_apply;
  std::vector<ComplianceCheckView> checks;
  std::vector<ComplianceReasonView> others;
  std::optional<std::string> valid_until, holds_until;
  std::vector<ComplianceChangeView> history;
  std::vector<ComplianceAtView> at;
};
BOOST_DESCRIBE_STRUCT(ComplianceDetailView, (), (requirement, advice, leaves_open, attested_by, also, may_not_apply, checks, others,
                                                 valid_until, holds_until, history, at))
struct ComplianceSubjectView { std::string subject, name, site_name; ComplianceScoreView score; };
BOOST_DESCRIBE_STRUCT(ComplianceSubjectView, (), (subject, name, site_name, score))
struct ComplianceRaiseView {
  std::string requirement, clause, severity;
  ComplianceWordsView title, advice;
  std::uint64_t subjects, gain_hundredths;
};
BOOST_DESCRIBE_STRUCT(ComplianceRaiseView, (), (requirement, clause, severity, title, advice, subjects, gain_hundredths))
struct ComplianceEndView { std::string subject, name, requirement; ComplianceWordsView title; std::string until; };
BOOST_DESCRIBE_STRUCT(ComplianceEndView, (), (subject, name, requirement, title, until))
struct ComplianceRecordView {
  std::string id, subject, name, record, requirement, reference, issuer, valid_from, valid_until;
  Params fields;
  std::string reason, file_name, file_digest, who, role, second_who, filed, withdrawn, withdrawn_by, withdrawn_why;
};
BOOST_DESCRIBE_STRUCT(ComplianceRecordView, (), (id, subject, name, record, requirement, reference, issuer, valid_from, valid_until,
                                                 fields, reason, file_name, file_digest, who, role, second_who, filed, withdrawn,
                                                 withdrawn_by, withdrawn_why))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceRowView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceSubjectView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceRaiseView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceEndView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceChangeView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ComplianceRecordView>, (), (items))
// clang-format on

[[nodiscard]] ComplianceWordsView view(const compliance::Words& from);
[[nodiscard]] ComplianceScoreView view(const compliance::Score& from);
[[nodiscard]] ComplianceRowView view(const RequirementCounts& from);
[[nodiscard]] ComplianceReasonView view(const compliance::Reason& from);
[[nodiscard]] ComplianceCheckView view(const compliance::Check& from);
[[nodiscard]] ComplianceAtView view(const RequirementAt& from);
[[nodiscard]] ComplianceChangeView view(const store::ComplianceChange& from, const std::string& name);
[[nodiscard]] ComplianceRecordView view(const store::ComplianceRecord& from, const std::string& name);
/// day_text is "2026-11-27".
[[nodiscard]] std::string day_text(std::int64_t day);

}  // namespace kw::server
