#include "policy/sections/host.h"

#include <algorithm>
#include <set>

namespace kw::policy {
namespace {

using Reaction = v1::HostReaction;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kMostHostTexts = 256, kMostUids = 64;
constexpr std::size_t kLongestHostPath = 512, kLongestHostName = 64;

bool plain(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

template <class Good>
void check_texts(const Texts& list, const std::string& path, Findings& findings, const char* code, const char* words,
                 Good good) {
  if (list.size() > kMostHostTexts) findings.add(path, "too_many", "at most 256");
  std::set<std::string> seen;
  for (int i = 0; i < list.size(); ++i) {
    if (!good(list[i]))
      findings.add(path + "/" + std::to_string(i), code, words);
    else if (!seen.insert(list[i]).second)
      findings.add(path + "/" + std::to_string(i), "duplicate", list[i], true);
  }
}
void check_globs(const Texts& list, const char* path, Findings& findings) {
  check_texts(list, path, findings, "bad_path", "an absolute path; * ? and ** stand for names",
              [](const std::string& one) { return one.starts_with('/') && plain(one, kLongestHostPath); });
}
void check_names(const Texts& list, const char* path, Findings& findings) {
  check_texts(
      list, path, findings, "bad_name", "1 to 64 octets without a slash or a blank",
      [](const std::string& one) { return plain(one, kLongestHostName) && one.find_first_of("/ ") == std::string::npos; });
}

// What has no process of its own at the time of the finding cannot be ended.
bool has_process(Reaction::Kind kind) { return kind != Reaction::LOGIN_ATTACK && kind != Reaction::MODULE; }

void check_reactions(const v1::HostPolicy& policy, Findings& findings) {
  std::set<int> kinds;
  for (int i = 0; i < policy.reactions_size(); ++i) {
    const auto& one = policy.reactions(i);
    const auto path = "/reactions/" + std::to_string(i);
    if (one.kind() == Reaction::KIND_UNSPECIFIED || !Reaction::Kind_IsValid(one.kind()))
      findings.add(path + "/kind", "bad_kind", "a kind of attack is asked");
    else if (!kinds.insert(one.kind()).second)
      findings.add(path + "/kind", "duplicate_kind", "one row for each kind");
    if (one.actions_size() == 0) findings.add(path + "/actions", "no_action", "at least one action");
    if (one.actions_size() > 4) findings.add(path + "/actions", "too_many", "at most 4");
    for (const auto number : one.actions()) {
      const auto action = static_cast<Reaction::Action>(number);
      if (action == Reaction::ACTION_UNSPECIFIED || !Reaction::Action_IsValid(number))
        findings.add(path + "/actions", "bad_action", "an action is asked");
      const bool ends = action == Reaction::END_PROCESS || action == Reaction::END_SESSION;
      if (ends && !has_process(one.kind()))
        findings.add(path + "/actions", "nothing_to_end", "this kind has no process that could be ended", true);
      // cron and the package system write there in good faith; the writer may also be a service that others need.
      if (ends && one.kind() == Reaction::PERSISTENCE && policy.maintainers().empty())
        findings.add(path + "/actions", "ends_upgrades", "an upgrade's own programs would be ended", true);
    }
  }
}

void check_host(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.host();
  check_reactions(policy, findings);
  check_globs(policy.browsers(), "/browsers", findings);
  check_globs(policy.below_browser(), "/below_browser", findings);
  check_globs(policy.raisers(), "/raisers", findings);
  check_globs(policy.setuid_files(), "/setuid_files", findings);
  check_globs(policy.protected_programs(), "/protected_programs", findings);
  check_globs(policy.places(), "/places", findings);
  check_globs(policy.places_except(), "/places_except", findings);
  check_globs(policy.maintainers(), "/maintainers", findings);
  check_names(policy.modules(), "/modules", findings);
  check_names(policy.users(), "/users", findings);
  if (policy.kiosk_uids_size() > kMostUids) findings.add("/kiosk_uids", "too_many", "at most 64");
  for (int i = 0; i < policy.kiosk_uids_size(); ++i)
    if (policy.kiosk_uids(i) == 0)
      findings.add("/kiosk_uids/" + std::to_string(i), "root", "root runs the system: it cannot be a kiosk's user");
  if (policy.failed_logins() > 1000) findings.add("/failed_logins", "too_many", "at most 1000");
  if (policy.failed_seconds() > 86400) findings.add("/failed_seconds", "too_long", "at most a day");
  for (int i = 0; i < policy.places_except_size(); ++i)
    if (policy.places_except(i) == "/**")
      findings.add("/places_except/" + std::to_string(i), "nothing_left", "no place is watched any more", true);
  if (policy.mode() == v1::OFF) return;
  if (policy.browsers().empty() && policy.kiosk_uids().empty())
    findings.add("/browsers", "no_browser", "without a browser or a kiosk's user no escape is seen", true);
  else if (policy.below_browser().empty())
    findings.add("/below_browser", "shells_only", "only shells and interpreters count as an escape", true);
  if (policy.users().empty()) findings.add("/users", "no_users", "every session is told", true);
  if (policy.mode() == v1::ENFORCE && policy.reactions().empty())
    findings.add("/reactions", "told_only", "clause 6.3-b: serious attacks are told, nothing is done about them", true);
}

}  // namespace

Section host_section() { return {"host", "6.3-b", check_host, {{"look", {}}, {"learn", {}}}}; }

}  // namespace kw::policy
