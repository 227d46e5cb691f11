#include "policy/sections/programs.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

constexpr int kMostPaths = 64;
constexpr int kMostDigests = 1000;
constexpr std::uint32_t kLeastMs = 5, kMostMs = 1000;

template <class List>
void check_paths(Findings& findings, const std::string& at, const List& list) {
  if (list.size() > kMostPaths) findings.add(at, "too_many", "at most " + std::to_string(kMostPaths));
  std::set<std::string> seen;
  for (int i = 0; i < list.size(); ++i) {
    const auto path = at + "/" + std::to_string(i);
    if (!absolute_path_ok(list[i]))
      findings.add(path, "bad_path", "an absolute path without . and .. is asked");
    else if (!seen.insert(list[i]).second)
      findings.add(path, "duplicate", list[i], true);
  }
}

template <class List>
std::set<std::string> check_digests(Findings& findings, const std::string& at, const List& list) {
  if (list.size() > kMostDigests) findings.add(at, "too_many", "at most " + std::to_string(kMostDigests));
  std::set<std::string> seen;
  for (int i = 0; i < list.size(); ++i) {
    const auto octets = from_hex(list[i]);
    if (!octets || octets->size() != 32)
      findings.add(at + "/" + std::to_string(i), "bad_digest", "64 hexadecimal digits of SM3 are asked");
    else
      seen.insert(to_hex(*octets));
  }
  return seen;
}

void check_programs(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.programs();
  check_paths(findings, "/learn_paths", policy.learn_paths());
  check_paths(findings, "/file_systems", policy.file_systems());
  check_paths(findings, "/interpreters", policy.interpreters());
  check_paths(findings, "/data_paths", policy.data_paths());
  if (policy.script_suffixes_size() > kMostPaths) findings.add("/script_suffixes", "too_many", "at most 64");
  for (int i = 0; i < policy.script_suffixes_size(); ++i) {
    const auto& suffix = policy.script_suffixes(i);
    if (suffix.size() < 2 || suffix.size() > 16 || suffix[0] != '.' || suffix.find('/') != std::string::npos)
      findings.add("/script_suffixes/" + std::to_string(i), "bad_suffix", "\".\" and 1 to 15 characters are asked");
  }
  const auto allowed = check_digests(findings, "/allow", policy.allow());
  for (const auto& denied : check_digests(findings, "/deny", policy.deny()))
    if (allowed.contains(denied)) findings.add("/deny", "allowed_too", denied + " is denied", true);
  if (policy.verdict_ms() != 0 && (policy.verdict_ms() < kLeastMs || policy.verdict_ms() > kMostMs))
    findings.add("/verdict_ms", "bad_number", "0, or 5 to 1000");
  if (policy.mode() != v1::ENFORCE) return;
  if (policy.interpreters().empty()) findings.add("/interpreters", "no_interpreters", "scripts are not judged", true);
  if (!policy.libraries()) findings.add("/libraries", "libraries_free", "a known program may load any library", true);
  if (policy.allow_late())
    findings.add("/allow_late", "late_passes", "a program that is slow to read runs unjudged", true);
}

}  // namespace

Section programs_section() { return {"programs", "9.7-d", check_programs, {{"learn", {}}}}; }

}  // namespace kw::policy
