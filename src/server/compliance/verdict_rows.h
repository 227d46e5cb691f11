#pragma once
// verdict_row, differs and first_fault turn verdicts into what is stored and told of them; policy_network_mode reads
// the mode of a policy's network part.
//
// PURE; thread-safe.
#include "compliance/verdict.h"
#include "store/compliance.h"
#include "store/regions.h"

namespace kw::server {

/// verdict_row: its reasons are JSON, [{"check", "outcome", "why", "used", "value"}], without ages, which change by
/// themselves.
[[nodiscard]] store::ComplianceVerdict verdict_row(const compliance::Requirement& requirement,
                                                   const compliance::Verdict& verdict, Timestamp now);
/// differs tells whether a row is worth writing: another status, reason or end, or a due time that moved by an hour.
[[nodiscard]] bool differs(const store::ComplianceVerdict& before, const store::ComplianceVerdict& after);
/// first_fault is the first check that does not hold, "others-up: differs"; empty where all do.
[[nodiscard]] std::string first_fault(const compliance::Requirement& requirement, const compliance::Verdict& verdict);
/// name_of_check is empty for a reason that is of no check.
[[nodiscard]] std::string name_of_check(const compliance::Requirement& requirement, const compliance::Reason& reason);
/// policy_network_mode: "enforce", "watch", or "off" where the template says neither.
[[nodiscard]] std::string policy_network_mode(std::string_view template_json);
[[nodiscard]] store::ComplianceSubject region_subject(const store::RegionId& region);

}  // namespace kw::server
