#include "server/compliance/verdict_rows.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kw::server {
namespace {

namespace json = boost::json;
constexpr std::chrono::hours kWorthWriting{1};

}  // namespace

std::string name_of_check(const compliance::Requirement& requirement, const compliance::Reason& reason) {
  return reason.check < requirement.checks.size() ? requirement.checks[reason.check].name : std::string();
}

store::ComplianceVerdict verdict_row(const compliance::Requirement& requirement, const compliance::Verdict& verdict,
                                     Timestamp now) {
  json::array reasons;
  for (const auto& reason : verdict.reasons) {
    json::object one;
    one["check"] = name_of_check(requirement, reason);
    one["outcome"] = json::string_view(name(reason.outcome).data(), name(reason.outcome).size());
    const auto why = compliance::name(reason.why);
    one["why"] = json::string_view(why.data(), why.size());
    one["used"] = reason.used;
    one["value"] = reason.value;
    reasons.push_back(std::move(one));
  }
  store::ComplianceVerdict out;
  out.requirement = requirement.id;
  out.status = static_cast<int>(verdict.status);
  out.since = now;
  out.judged = now;
  out.holds_until = verdict.holds_until;
  out.valid_until = verdict.valid_until;
  out.reasons = json::serialize(reasons);
  return out;
}

bool differs(const store::ComplianceVerdict& before, const store::ComplianceVerdict& after) {
  if (before.status != after.status || before.reasons != after.reasons || before.valid_until != after.valid_until)
    return true;
  const auto moved = before.holds_until > after.holds_until ? before.holds_until - after.holds_until
                                                            : after.holds_until - before.holds_until;
  return moved > kWorthWriting;
}

std::string first_fault(const compliance::Requirement& requirement, const compliance::Verdict& verdict) {
  for (const auto wanted : {compliance::Outcome::fails, compliance::Outcome::unknown})
    for (const auto& reason : verdict.reasons)
      if (reason.outcome == wanted) {
        const auto check = name_of_check(requirement, reason);
        return check + (check.empty() ? "" : ": ") + std::string(compliance::name(reason.why));
      }
  return {};
}

std::string policy_network_mode(std::string_view template_json) {
  boost::system::error_code error;
  const auto root = json::parse(json::string_view(template_json.data(), template_json.size()), error);
  if (error || !root.is_object()) return "off";
  const auto* mode = root.get_object().if_contains("mode");
  if (mode == nullptr || !mode->is_string()) return "off";
  const std::string word(mode->get_string());
  return word == "enforce" || word == "watch" ? word : "off";
}

store::ComplianceSubject region_subject(const store::RegionId& region) {
  store::ComplianceSubject out{store::SubjectOf::region, {}};
  std::ranges::copy(region.bytes(), out.id.begin());
  return out;
}

}  // namespace kw::server
