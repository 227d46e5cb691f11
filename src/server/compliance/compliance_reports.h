#pragma once
// ComplianceReports answers what people ask about requirements: sums, lists, one requirement at one subject, what ends
// soon, what would help most, what has changed.
//
//   ComplianceReports reports(service, changes);
//   KW_TRY(const auto group, reports.group("site:…", scope));   nothing wider than the scope; Errc::not_found outside
//   reports.overview(group)
//
// A group is what a selector names, with what lies below it: a site with its kiosks, a region with its sites, all of a
// scope where nothing is named (the platform itself only where the scope is the whole city). A single subject's
// verdicts are judged when they are asked for; sums come from the statuses in memory. Thread-safe. Why: ADR 132, 133.
#include "server/compliance/compliance_service.h"

namespace kw::server {

struct ComplianceGroup {
  std::string selector;  // as it was asked; empty: all of the scope
  std::string name;
  std::vector<Standing> members;
  std::vector<store::ComplianceSubject> sums;  // whose daily scores add up to the group's
  /// The one subject that was named, where requirements are judged at it.
  std::optional<store::ComplianceSubject> single;
};

struct RequirementCounts {
  const compliance::Requirement* requirement = nullptr;
  std::array<std::uint64_t, compliance::kStatuses> counts{};  // over the members at which it is judged
  std::optional<compliance::Status> status;                   // of the single subject, or of the only member
  std::optional<Timestamp> since;                             // of the single subject
};
struct RequirementAt {
  store::ComplianceSubject subject;
  std::string name, site_name;
  compliance::Status status = compliance::Status::unknown;
};
struct DayScore {
  std::int64_t day = 0;
  compliance::Score score;
};
struct Judgement {
  compliance::Verdict verdict;
  std::optional<Timestamp> since;
  std::vector<store::ComplianceChange> history;  // newest first
};

class ComplianceReports {
 public:
  ComplianceReports(ComplianceService& service, Changes& changes) : service_(service), changes_(changes) {}

  /// group: Errc::invalid for a selector that is none, Errc::not_found for what is not there or out of scope.
  Result<ComplianceGroup> group(const std::string& selector, const store::Scope& scope);
  [[nodiscard]] static compliance::Score score_of(const ComplianceGroup& group);
  /// trend gives the group's score by day, oldest first, of the last `days` days.
  Result<std::vector<DayScore>> trend(const ComplianceGroup& group, std::int64_t days);
  /// requirements lists those that are judged at a member, in the catalogue's order.
  Result<std::vector<RequirementCounts>> requirements(const ComplianceGroup& group);
  /// at gives the members at which one is judged: not met first, then unknown, partly, met.
  [[nodiscard]] std::vector<RequirementAt> at(const ComplianceGroup& group,
                                              const compliance::Requirement& requirement) const;
  /// judgement judges one requirement at one subject, now. Errc::invalid where it is not judged there.
  Result<Judgement> judgement(const store::ComplianceSubject& subject, const compliance::Requirement& requirement);
  /// raises: what would raise the group's sum most; index is that of book().all().
  [[nodiscard]] std::vector<compliance::Raise> raises(const ComplianceGroup& group) const;
  Result<std::vector<store::ComplianceEnd>> ending(const ComplianceGroup& group, Duration within, std::size_t most);
  Result<std::vector<store::ComplianceChange>> changes(const ComplianceGroup& group, Timestamp since, std::size_t most);
  [[nodiscard]] ComplianceService& service() noexcept { return service_; }

 private:
  ComplianceService& service_;
  Changes& changes_;
};

}  // namespace kw::server
