#include "server/api/compliance_views.h"

#include "server/compliance/verdict_rows.h"

namespace kw::server {
namespace {

std::uint64_t seconds_of(Duration span) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(span.count(), 0) / 1'000'000'000);
}

/// Types as people know them, without the engine's prefix.
std::vector<std::string> plain_types(std::vector<std::string> keys) {
  for (auto& key : keys)
    if (key.starts_with(compliance::kEventPrefix)) key.erase(0, compliance::kEventPrefix.size());
  return keys;
}

ComplianceCountsView counts_view(const std::array<std::uint64_t, compliance::kStatuses>& from) {
  const auto of = [&](compliance::Status status) { return from.at(static_cast<std::size_t>(status)); };
  using enum compliance::Status;
  return {of(met_measured), of(met_attested), of(partly), of(not_met), of(not_applicable), of(unknown)};
}

std::string status_name(int status) {
  return std::string(name(static_cast<compliance::Status>(status)));  // checked by the store's reader
}

}  // namespace

std::string day_text(std::int64_t day) { return to_rfc3339(Timestamp::from_seconds(day * 86'400)).substr(0, 10); }

ComplianceWordsView view(const compliance::Words& from) { return {from.zh, from.en}; }
ComplianceScoreView view(const compliance::Score& from) { return {from.percent_hundredths(), counts_view(from.count)}; }

ComplianceRowView view(const RequirementCounts& from) {
  const auto& one = *from.requirement;
  ComplianceRowView out{one.id,
                        one.clause,
                        std::string(compliance::chapter_of(one.clause)),
                        std::string(name(one.modality)),
                        std::string(name(one.severity)),
                        std::string(name(one.scope)),
                        view(one.title),
                        std::nullopt,
                        std::nullopt,
                        counts_view(from.counts)};
  if (from.status) out.status = std::string(name(*from.status));
  if (from.since) out.since = to_rfc3339(*from.since);
  return out;
}

ComplianceReasonView view(const compliance::Reason& from) {
  ComplianceReasonView out{std::string(name(from.outcome)), std::string(compliance::name(from.why)), from.used,
                           from.value, std::nullopt};
  if (out.used.starts_with(compliance::kEventPrefix)) out.used.erase(0, compliance::kEventPrefix.size());
  if (from.age > Duration(0)) out.age_seconds = seconds_of(from.age);
  return out;
}

ComplianceCheckView view(const compliance::Check& from) {
  ComplianceCheckView out{};
  out.name = from.name;
  out.what = view(from.what);
  out.decides = from.decides;
  out.stale_seconds = seconds_of(from.stale_after);
  switch (from.kind) {
    case compliance::Check::Kind::fact:
      out.kind = "fact";
      out.looks_at = from.keys;
      out.has_to_be = text_of(from.comparison);
      break;
    case compliance::Check::Kind::event:
      out.kind = from.must_happen ? "event" : "no_event";
      out.looks_at = plain_types(from.keys);
      out.settled_by = plain_types(from.settled_by);
      out.within_seconds = seconds_of(from.within);
      break;
    case compliance::Check::Kind::record:
      out.kind = "record";
      out.looks_at = {from.record};
      out.roles = from.roles;
      out.valid_seconds = seconds_of(from.valid_for);
      out.file = from.needs_file;
      for (const auto& field : from.fields)
        out.fields.push_back({field.name, field.comparison.asks() ? text_of(field.comparison) : std::string()});
      break;
  }
  return out;
}

ComplianceAtView view(const RequirementAt& from) {
  return {subject_text(from.subject), from.name, from.site_name, std::string(name(from.status))};
}
ComplianceChangeView view(const store::ComplianceChange& from, const std::string& name) {
  return {subject_text(from.subject), name, from.requirement, to_rfc3339(from.time), status_name(from.before),
          status_name(from.after)};
}
ComplianceRecordView view(const store::ComplianceRecord& from, const std::string& name) {
  return {from.id.text(),
          subject_text(from.subject),
          name,
          from.record,
          from.requirement,
          from.number,
          from.issuer,
          to_rfc3339(from.valid_from),
          to_rfc3339(from.valid_until),
          from.fields,
          from.reason,
          from.file_name,
          to_hex(from.file_digest),
          from.who,
          from.role,
          from.second_who,
          to_rfc3339(from.filed),
          time_text(from.withdrawn),
          from.withdrawn_by,
          from.withdrawn_why};
}

}  // namespace kw::server
