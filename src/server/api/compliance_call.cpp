#include "server/api/compliance_call.h"

#include <algorithm>

namespace kw::server {

Operation with_compliance(ComplianceHouse* house, WithCompliance run) {
  return [house, run = std::move(run)](const Call& call) -> Result<Answer> {
    if (house == nullptr) return fail(Errc::unavailable, "compliance: server.toml names no catalogue of requirements");
    return run(*house, call);
  };
}

Result<ComplianceGroup> group_of(ComplianceHouse& house, const Call& call) {
  KW_TRY(const auto selector, call.query("subject", 64));
  return house.reports.group(selector, call.who.scope);
}

std::string name_in(const ComplianceGroup& group, const store::ComplianceSubject& subject) {
  const auto at = std::ranges::lower_bound(group.members, subject, {}, &Standing::subject);
  return at != group.members.end() && at->subject == subject ? at->name : std::string();
}

std::string_view name_of_kind(store::SubjectOf kind) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"platform", "site", "device", "region"};
  return kNames.at(static_cast<std::size_t>(kind));
}

bool is_below(std::string_view id, std::string_view clause) noexcept {
  if (!id.starts_with(clause)) return false;
  return id.size() == clause.size() || id[clause.size()] == '.' || id[clause.size()] == '-';
}

}  // namespace kw::server
