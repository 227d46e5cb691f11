#include "server/compliance/compliance_reports.h"

#include <algorithm>

#include "server/compliance/verdict_rows.h"

namespace kw::server {
namespace {

using compliance::Status;
using store::ComplianceSubject;
using store::SubjectOf;

constexpr std::size_t kMostRead = 20'000;  // rows that are looked through for a group
constexpr std::int64_t kSecondsADay = 86'400;

bool lies_in(const Standing& one, const store::Scope& scope) {
  if (scope.whole()) return true;
  return std::ranges::any_of(
      one.chain, [&](const auto& region) { return std::ranges::find(scope.regions, region) != scope.regions.end(); });
}

bool has(const ComplianceGroup& group, const ComplianceSubject& subject) {
  const auto at = std::ranges::lower_bound(group.members, subject, {}, &Standing::subject);
  return at != group.members.end() && at->subject == subject;
}

}  // namespace

Result<ComplianceGroup> ComplianceReports::group(const std::string& selector, const store::Scope& scope) {
  ComplianceGroup out;
  out.selector = selector;
  if (selector.empty()) {
    out.members = service_.standings([&](const Standing& one) { return lies_in(one, scope); });
    for (const auto& region : scope.regions) out.sums.push_back(region_subject(region));
    if (scope.whole()) out.sums = {region_subject(store::city_region())};
    return out;
  }
  KW_TRY(const auto subject, parse_subject(selector));
  if (subject.kind == SubjectOf::region) {
    const store::RegionId id(subject.id);
    KW_TRY(out.name, changes_.store().read([&](store::Repositories& r) -> Result<std::string> {
      KW_TRY(const bool held, r.regions().holds(scope, id));
      if (!held) return fail(Errc::not_found, "subject");
      KW_TRY(const auto region, r.regions().get(id));
      return region.name;
    }));
    const store::Scope wanted{{id}};
    out.members = service_.standings([&](const Standing& one) { return lies_in(one, wanted); });
    out.sums.push_back(subject);
    return out;
  }
  const auto one = service_.standing(subject);
  if (!one || !lies_in(*one, scope)) return fail(Errc::not_found, "subject");
  out.name = one->name;
  out.single = subject;
  out.sums.push_back(subject);
  if (subject.kind == SubjectOf::site) {
    out.members = service_.standings(
        [&](const Standing& other) { return other.subject.kind != SubjectOf::platform && other.site == one->site; });
  } else {
    out.members.push_back(*one);
  }
  return out;
}

compliance::Score ComplianceReports::score_of(const ComplianceGroup& group) {
  compliance::Score out;
  for (const auto& one : group.members) out += one.score;
  return out;
}

Result<std::vector<DayScore>> ComplianceReports::trend(const ComplianceGroup& group, std::int64_t days) {
  const auto from = changes_.clock().now().unix_seconds() / kSecondsADay - days + 1;
  std::map<std::int64_t, compliance::Score> by_day;
  KW_CHECK(changes_.store().read([&](store::Repositories& r) -> Result<> {
    for (const auto& subject : group.sums) {
      KW_TRY(const auto rows, r.compliance().scores(subject, from));
      for (const auto& row : rows) by_day[row.day] += compliance::Score{row.earned, row.possible, row.counts};
    }
    return {};
  }));
  std::vector<DayScore> out;
  for (const auto& [day, score] : by_day) out.push_back({day, score});
  return out;
}

Result<std::vector<RequirementCounts>> ComplianceReports::requirements(const ComplianceGroup& group) {
  const auto& book = service_.book();
  std::array<std::vector<std::array<std::uint64_t, compliance::kStatuses>>, 3> counts;
  for (std::size_t scope = 0; scope < counts.size(); ++scope)
    counts.at(scope).resize(book.of(static_cast<compliance::Scope>(scope)).requirements().size());
  std::map<std::string, store::ComplianceVerdict> stored;
  auto members = group.members;
  if (group.single) {
    // A single subject is judged as it is asked for: its reasons are looked at next.
    KW_TRY(const auto verdicts, service_.judge(*group.single));
    const auto at = std::ranges::find(members, *group.single, &Standing::subject);
    for (std::size_t i = 0; at != members.end() && i < verdicts.size(); ++i) at->statuses[i] = verdicts[i].status;
    KW_TRY(const auto rows, changes_.store().read([&](auto& r) { return r.compliance().verdicts(*group.single); }));
    for (const auto& row : rows) stored.emplace(row.requirement, row);
  }
  for (const auto& one : members) {
    auto& part = counts.at(static_cast<std::size_t>(*scope_of(one.subject.kind)));
    for (std::size_t i = 0; i < one.statuses.size(); ++i) ++part[i].at(static_cast<std::size_t>(one.statuses[i]));
  }
  std::vector<RequirementCounts> out;
  for (const auto* requirement : book.all()) {
    const auto i = *book.of(requirement->scope).named(requirement->id);
    RequirementCounts row;
    row.requirement = requirement;
    row.counts = counts.at(static_cast<std::size_t>(requirement->scope))[i];
    std::uint64_t all = 0;
    for (const auto count : row.counts) all += count;
    if (all == 0) continue;
    const bool its = group.single && scope_of(group.single->kind) == requirement->scope;
    if (all == 1 && its)
      for (std::size_t status = 0; status < compliance::kStatuses; ++status)
        if (row.counts.at(status) == 1) row.status = static_cast<Status>(status);
    if (const auto at = stored.find(requirement->id); its && at != stored.end()) row.since = at->second.since;
    out.push_back(std::move(row));
  }
  return out;
}

std::vector<RequirementAt> ComplianceReports::at(const ComplianceGroup& group,
                                                 const compliance::Requirement& requirement) const {
  const auto i = *service_.book().of(requirement.scope).named(requirement.id);
  std::vector<RequirementAt> out;
  for (const auto& one : group.members)
    if (scope_of(one.subject.kind) == requirement.scope && i < one.statuses.size())
      out.push_back({one.subject, one.name, one.site_name, one.statuses[i]});
  std::ranges::stable_sort(out, {},
                           [](const auto& one) { return std::pair(compliance::urgency(one.status), one.name); });
  return out;
}

Result<Judgement> ComplianceReports::judgement(const ComplianceSubject& subject,
                                               const compliance::Requirement& requirement) {
  if (scope_of(subject.kind) != requirement.scope) return fail(Errc::invalid, "subject: it is not judged there");
  KW_TRY(auto verdicts, service_.judge(subject));
  const auto i = *service_.book().of(requirement.scope).named(requirement.id);
  Judgement out;
  out.verdict = std::move(verdicts.at(i));
  KW_CHECK(changes_.store().read([&](store::Repositories& r) -> Result<> {
    KW_TRY(out.history, r.compliance().history(subject, requirement.id, 50));
    KW_TRY(const auto rows, r.compliance().verdicts(subject));
    const auto row = std::ranges::find(rows, requirement.id, &store::ComplianceVerdict::requirement);
    if (row != rows.end()) out.since = row->since;
    return {};
  }));
  return out;
}

std::vector<compliance::Raise> ComplianceReports::raises(const ComplianceGroup& group) const {
  const auto& book = service_.book();
  std::map<const compliance::Requirement*, std::size_t> places;
  for (std::size_t i = 0; i < book.all().size(); ++i) places[book.all()[i]] = i;
  std::vector<compliance::Raise> out;
  for (const auto scope : {compliance::Scope::device, compliance::Scope::site, compliance::Scope::platform}) {
    std::vector<compliance::Statuses> subjects;
    for (const auto& one : group.members)
      if (scope_of(one.subject.kind) == scope) subjects.emplace_back(one.statuses);
    const auto requirements = book.of(scope).requirements();
    for (auto raise : compliance::would_raise(requirements, std::span<const compliance::Statuses>(subjects))) {
      raise.requirement = places.at(&requirements[raise.requirement]);
      out.push_back(raise);
    }
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) {
    return std::pair(b.half_weights, a.requirement) < std::pair(a.half_weights, b.requirement);
  });
  return out;
}

Result<std::vector<store::ComplianceEnd>> ComplianceReports::ending(const ComplianceGroup& group, Duration within,
                                                                    std::size_t most) {
  const auto now = changes_.clock().now();
  KW_TRY(auto rows,
         changes_.store().read([&](auto& r) { return r.compliance().ending(now, now + within, kMostRead); }));
  std::erase_if(rows, [&](const auto& row) { return !has(group, row.subject); });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

Result<std::vector<store::ComplianceChange>> ComplianceReports::changes(const ComplianceGroup& group, Timestamp since,
                                                                        std::size_t most) {
  const auto only = group.members.size() == 1 ? std::optional(group.members.front().subject) : std::nullopt;
  KW_TRY(auto rows, changes_.store().read([&](auto& r) { return r.compliance().changes(since, only, kMostRead); }));
  std::erase_if(rows, [&](const auto& row) { return !has(group, row.subject); });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

}  // namespace kw::server
