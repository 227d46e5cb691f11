#include "server/api/compliance_call.h"
#include "server/api/compliance_views.h"

namespace kw::server {
namespace {

constexpr std::int64_t kTrendDays = 90;
constexpr std::size_t kMostAt = 500;

/// Sums of a group by chapter of the standard, in its order.
std::vector<ComplianceChapterView> chapters_of(const std::vector<RequirementCounts>& rows) {
  std::vector<std::pair<std::string, compliance::Score>> sums;
  for (const auto& row : rows) {
    const auto chapter = compliance::chapter_of(row.requirement->clause);
    if (sums.empty() || sums.back().first != chapter) sums.emplace_back(chapter, compliance::Score());
    for (std::size_t status = 0; status < compliance::kStatuses; ++status)
      sums.back().second.add(row.requirement->severity, static_cast<compliance::Status>(status), row.counts.at(status));
  }
  std::vector<ComplianceChapterView> out;
  for (const auto& [chapter, score] : sums) out.push_back({chapter, view(score)});
  return out;
}

Result<Answer> show_overview(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto rows, house.reports.requirements(group));
  KW_TRY(const auto trend, house.reports.trend(group, kTrendDays));
  ComplianceView out{};
  out.available = true;
  out.subject = group.selector;
  out.name = group.name;
  out.score = view(ComplianceReports::score_of(group));
  for (const auto& one : group.members) {
    out.devices += one.subject.kind == store::SubjectOf::device ? 1U : 0U;
    out.sites += one.subject.kind == store::SubjectOf::site ? 1U : 0U;
    out.platform = out.platform || one.subject.kind == store::SubjectOf::platform;
    out.waiting += one.known ? 0U : 1U;
  }
  out.chapters = chapters_of(rows);
  for (const auto& day : trend) out.trend.push_back({day_text(day.day), view(day.score)});
  return ok(out);
}

Result<Answer> list_requirements(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "status", "chapter", "clause"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto status, call.query("status", 16));
  const auto wanted = compliance::parse_status(status);
  if (!status.empty() && !wanted) return fail(Errc::invalid, "status: unknown");
  KW_TRY(const auto chapter, call.query("chapter", 8));
  KW_TRY(const auto clause, call.query("clause", 32));
  KW_TRY(const auto rows, house.reports.requirements(group));
  ItemsView<ComplianceRowView> out;
  for (const auto& row : rows) {
    if (wanted && row.counts.at(static_cast<std::size_t>(*wanted)) == 0) continue;
    if (!chapter.empty() && compliance::chapter_of(row.requirement->clause) != chapter) continue;
    if (!clause.empty() && !is_below(row.requirement->id, clause)) continue;
    out.items.push_back(view(row));
  }
  return ok(out);
}

Result<Answer> show_requirement(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject"}));
  const auto* requirement = house.service.book().find(call.request.params.at("requirement"));
  if (requirement == nullptr) return fail(Errc::not_found, "requirement");
  KW_TRY(const auto group, group_of(house, call));
  RequirementCounts row;
  row.requirement = requirement;
  const auto at = house.reports.at(group, *requirement);
  for (const auto& one : at) ++row.counts.at(static_cast<std::size_t>(one.status));
  ComplianceDetailView out{};
  for (const auto& check : requirement->checks) out.checks.push_back(view(check));
  // Where one subject is named, or there is but one, it is judged as it is asked for.
  const auto single = group.single && scope_of(group.single->kind) == requirement->scope ? group.single
                      : at.size() == 1 ? std::optional(at.front().subject)
                                       : std::nullopt;
  if (single) {
    KW_TRY(const auto judged, house.reports.judgement(*single, *requirement));
    row.status = judged.verdict.status;
    row.since = judged.since;
    for (const auto& reason : judged.verdict.reasons) {
      if (reason.check < out.checks.size()) {
        out.checks[reason.check].reason = view(reason);
      } else {
        out.others.push_back(view(reason));
      }
    }
    if (judged.verdict.valid_until) out.valid_until = to_rfc3339(*judged.verdict.valid_until);
    if (judged.verdict.holds_until < compliance::kForever) out.holds_until = to_rfc3339(judged.verdict.holds_until);
    for (const auto& change : judged.history) out.history.push_back(view(change, name_in(group, change.subject)));
  }
  out.requirement = view(row);
  out.advice = view(requirement->advice);
  out.leaves_open = view(requirement->leaves_open);
  out.attested_by = requirement->attested_by;
  out.also = requirement->also;
  out.may_not_apply = requirement->may_not_apply;
  for (const auto& one : at) {
    if (out.at.size() == kMostAt) break;
    out.at.push_back(view(one));
  }
  return ok(out);
}

Result<Answer> list_subjects(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "kind", "limit"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto kind, call.query("kind", 16));
  KW_TRY(const auto limit, call.limit());
  if (!kind.empty() && kind != "device" && kind != "site" && kind != "platform")
    return fail(Errc::invalid, "kind: unknown");
  std::vector<std::pair<Standing, compliance::Score>> rows;
  std::map<SiteId, compliance::Score> sites;
  for (const auto& one : group.members)
    if (one.subject.kind != store::SubjectOf::platform) sites[one.site] += one.score;
  for (const auto& one : group.members) {
    const auto word = name_of_kind(one.subject.kind);
    if (!kind.empty() && word != kind) continue;
    rows.emplace_back(one, one.subject.kind == store::SubjectOf::site ? sites[one.site] : one.score);
  }
  std::ranges::stable_sort(rows, {}, [](const auto& row) {
    return std::pair(row.second.percent_hundredths().value_or(10'000), row.first.name);
  });
  ItemsView<ComplianceSubjectView> out;
  for (const auto& [one, score] : rows) {
    if (out.items.size() == limit) break;
    out.items.push_back({subject_text(one.subject), one.name, one.site_name, view(score)});
  }
  return ok(out);
}

Result<Answer> list_raises(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "limit"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto limit, call.limit());
  const auto possible = ComplianceReports::score_of(group).possible;
  ItemsView<ComplianceRaiseView> out;
  for (const auto& raise : house.reports.raises(group)) {
    if (out.items.size() == limit) break;
    const auto& one = *house.service.book().all()[raise.requirement];
    out.items.push_back({one.id, one.clause, std::string(name(one.severity)), view(one.title), view(one.advice),
                         raise.subjects, possible == 0 ? 0 : raise.half_weights * 10'000 / possible});
  }
  return ok(out);
}

Result<Answer> list_ending(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "days", "limit"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto days, call.query_number("days", 30, 1, 3653));
  KW_TRY(const auto limit, call.limit());
  KW_TRY(const auto rows, house.reports.ending(group, std::chrono::hours(24 * days), limit));
  ItemsView<ComplianceEndView> out;
  for (const auto& row : rows) {
    const auto* requirement = house.service.book().find(row.requirement);
    out.items.push_back({subject_text(row.subject), name_in(group, row.subject), row.requirement,
                         requirement == nullptr ? ComplianceWordsView() : view(requirement->title),
                         to_rfc3339(row.until)});
  }
  return ok(out);
}

Result<Answer> list_changes(ComplianceHouse& house, const Call& call) {
  KW_CHECK(call.only({"subject", "since", "limit"}));
  KW_TRY(const auto group, group_of(house, call));
  KW_TRY(const auto limit, call.limit());
  KW_TRY(const auto text, call.query("since", 40));
  Timestamp since{};
  if (!text.empty()) {
    const auto parsed = from_rfc3339(text);
    if (!parsed) return fail(Errc::invalid, "since: RFC 3339 in UTC");
    since = *parsed;
  }
  KW_TRY(const auto rows, house.reports.changes(group, since, limit));
  ItemsView<ComplianceChangeView> out;
  for (const auto& row : rows) out.items.push_back(view(row, name_in(group, row.subject)));
  return ok(out);
}

}  // namespace

void add_compliance_routes(Api& api, const ApiServices& s) {
  auto* house = s.compliance;
  api.add("GET", "/compliance", "getCompliance", [house](const Call& call) -> Result<Answer> {
    if (house == nullptr) return ok(ComplianceView{});
    return show_overview(*house, call);
  });
  const auto with = [house](auto run) { return with_compliance(house, run); };
  api.add("GET", "/compliance/requirements", "listCompliance", with(list_requirements));
  api.add("GET", "/compliance/requirements/{requirement}", "getComplianceRequirement", with(show_requirement));
  api.add("GET", "/compliance/subjects", "listComplianceSubjects", with(list_subjects));
  api.add("GET", "/compliance/raises", "listComplianceRaises", with(list_raises));
  api.add("GET", "/compliance/ending", "listComplianceEnding", with(list_ending));
  api.add("GET", "/compliance/changes", "listComplianceChanges", with(list_changes));
}

}  // namespace kw::server
