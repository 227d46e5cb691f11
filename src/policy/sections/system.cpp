#include "policy/sections/system.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace kw::policy {
namespace {

constexpr int kMostTexts = 64, kMostListeners = 128, kMostCaches = 64;
constexpr std::size_t kLongestText = 128, kLongestPath = 512;
constexpr std::uint32_t kMostDirectoryMib = 4096, kMostDiskMibS = 1000;

// Users' leavings stand here and nothing that a system needs; a mistake in a policy must not empty /usr.
constexpr std::array<std::string_view, 7> kClearable = {"/home/",      "/root/",      "/run/user/", "/tmp/",
                                                        "/var/cache/", "/var/spool/", "/var/tmp/"};

bool text_ok(std::string_view text) {
  return !text.empty() && text.size() <= kLongestText &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

bool path_ok(const std::string& path) {
  if (path.size() > kLongestPath || path.find('\0') != std::string::npos) return false;
  const auto whole = path + "/";
  for (std::size_t at = 0; (at = whole.find('/', at)) != std::string::npos && at + 1 < whole.size();) {
    const auto name = whole.substr(at + 1, whole.find('/', at + 1) - at - 1);
    if (name.empty() || name == "." || name == ".." || (name != "*" && name.find('*') != std::string::npos))
      return false;
    at = at + 1 + name.size();
  }
  return std::ranges::any_of(kClearable, [&](std::string_view top) {
    // /tmp and /var/tmp may be named themselves; of the others a place below.
    return whole.starts_with(top) && (whole.size() > top.size() || top == "/tmp/" || top == "/var/tmp/");
  });
}

void check_texts(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& path,
                 Findings& findings) {
  if (list.size() > kMostTexts) findings.add(path, "too_many", "at most 64");
  std::set<std::string> seen;
  for (int i = 0; i < list.size(); ++i) {
    if (!text_ok(list[i]))
      findings.add(path + "/" + std::to_string(i), "bad_text", "1 to 128 octets of one line");
    else if (!seen.insert(list[i]).second)
      findings.add(path + "/" + std::to_string(i), "duplicate", list[i], true);
  }
}

void check_listeners(const v1::SystemPolicy& policy, Findings& findings) {
  if (policy.listeners_size() > kMostListeners) findings.add("/listeners", "too_many", "at most 128");
  std::set<std::tuple<int, std::uint32_t, std::string>> seen;
  for (int i = 0; i < policy.listeners_size(); ++i) {
    const auto& one = policy.listeners(i);
    const auto path = "/listeners/" + std::to_string(i);
    if (one.port() < 1 || one.port() > 65535) findings.add(path + "/port", "bad_port", "1 to 65535");
    // The kernel keeps 15 octets of a program's name.
    if (one.program().size() > 15) findings.add(path + "/program", "bad_program", "at most 15 octets, as /proc has it");
    if (!seen.emplace(one.protocol(), one.port(), one.program()).second)
      findings.add(path, "duplicate", std::to_string(one.port()), true);
  }
  if (policy.listeners_size() > 0 && !policy.judge_listeners())
    findings.add("/judge_listeners", "not_judged", "the list of ports has no effect", true);
}

void check_sessions(const v1::SystemPolicy& policy, Findings& findings) {
  const auto& purge = policy.purge();
  const auto& drill = policy.drill();
  if (purge.directory_mib() > kMostDirectoryMib) findings.add("/purge/directory_mib", "too_large", "at most 4096");
  if (policy.has_purge() && !policy.clear_at_session_end())
    findings.add("/purge", "not_cleared", "nothing goes while clear_at_session_end is off", true);
  if (drill.days() > 3650) findings.add("/drill/days", "too_long", "at most 3650");
  if (!drill.matter().empty() && !text_ok(drill.matter()))
    findings.add("/drill/matter", "bad_text", "1 to 128 octets of one line");
  if (drill.disk_mib_s() > kMostDiskMibS) findings.add("/drill/disk_mib_s", "too_large", "at most 1000");
  if (drill.days() > 0 && !policy.clear_at_session_end())
    findings.add("/drill/days", "drill_finds", "a drill finds what is not cleared at a session's end", true);
}

void check_system(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.system();
  check_texts(policy.editions(), "/editions", findings);
  check_texts(policy.origins(), "/origins", findings);
  check_texts(policy.unneeded(), "/unneeded", findings);
  check_listeners(policy, findings);
  if (policy.patch_days() > 3650) findings.add("/patch_days", "too_long", "at most 3650");
  if (policy.metadata_days() > 3650) findings.add("/metadata_days", "too_long", "at most 3650");
  if (policy.patch_days() > 0 && policy.metadata_days() == 0)
    findings.add("/metadata_days", "stale_metadata", "a kiosk that fetches no metadata never sees an upgrade wait",
                 true);
  if (policy.caches_size() > kMostCaches) findings.add("/caches", "too_many", "at most 64");
  for (int i = 0; i < policy.caches_size(); ++i) {
    const auto path = "/caches/" + std::to_string(i);
    if (!path_ok(policy.caches(i).path()))
      findings.add(path + "/path", "bad_path", "a place of users' files, without . and ..");
    if (policy.caches(i).keep_minutes() > 525600) findings.add(path + "/keep_minutes", "too_long", "at most a year");
  }
  if (policy.clear_hours() > 8760) findings.add("/clear_hours", "too_long", "at most a year");
  if (policy.mode() == v1::ENFORCE && policy.caches_size() > 0 && policy.clear_hours() == 0 && !policy.clear_at_session_end())
    findings.add("/clear_hours", "never_cleared", "clause 6.4-d: cleared by order only", true);
  check_sessions(policy, findings);
}

}  // namespace

Section system_section() { return {"system", "6.4,5.4-c", check_system, {{"clear_caches", {}}}}; }

}  // namespace kw::policy
