#pragma once
// with_compliance, group_of and their kin are what the routes of compliance share: the house that may not be there, and
// the group that a call asks about.
#include "server/api/routes.h"
#include "server/compliance/compliance_house.h"

namespace kw::server {

using WithCompliance = std::function<Result<Answer>(ComplianceHouse&, const Call&)>;
/// with_compliance refuses as Errc::unavailable where there is no catalogue of requirements.
[[nodiscard]] Operation with_compliance(ComplianceHouse* house, WithCompliance run);
/// group_of reads the query parameter `subject`; errors as ComplianceReports::group.
Result<ComplianceGroup> group_of(ComplianceHouse& house, const Call& call);
/// name_in is the name of a member; empty where it is none, and for the platform.
[[nodiscard]] std::string name_in(const ComplianceGroup& group, const store::ComplianceSubject& subject);
[[nodiscard]] std::string_view name_of_kind(store::SubjectOf kind) noexcept;
/// is_below tells whether an ID is a clause or lies below it: "5.4-b.1" below "5.4-b", "5.4" and "5".
[[nodiscard]] bool is_below(std::string_view id, std::string_view clause) noexcept;

}  // namespace kw::server
