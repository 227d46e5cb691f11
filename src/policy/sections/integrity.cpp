#include "policy/sections/integrity.h"

#include <set>

#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

constexpr int kMostGlobs = 128;
constexpr int kMostFiles = 64;
constexpr std::uint32_t kMostThreads = 64, kMostMinutes = 31 * 24 * 60;

template <class List>
void check_globs(Findings& findings, const std::string& at, const List& list) {
  if (list.size() > kMostGlobs) findings.add(at, "too_many", "at most " + std::to_string(kMostGlobs));
  for (int i = 0; i < list.size(); ++i) {
    const auto path = at + "/" + std::to_string(i);
    if (!absolute_path_ok(list[i]))
      findings.add(path, "bad_path", "an absolute path without . and .. is asked");
    else if (list[i] == "/" || list[i].starts_with("/*"))
      findings.add(path, "too_wide", "the first step of the path must be a name");
    else if (list[i].find("***") != std::string::npos)
      findings.add(path, "bad_path", "\"***\" means nothing");
  }
}

std::size_t check_file(const v1::KeyFile& file, const std::string& at, Findings& findings) {
  if (!absolute_path_ok(file.path()) || file.path() == "/")
    findings.add(at + "/path", "bad_path", "an absolute path without . and .. is asked");
  if (file.version() == 0) findings.add(at + "/version", "no_version", "1 or more; it rises with each change");
  if ((file.mode() & ~0777U) != 0) findings.add(at + "/mode", "bad_mode", "permissions only, 0 to 511");
  if ((file.mode() & 0022U) != 0) findings.add(at + "/mode", "writable", "others than the owner may write it", true);
  if (file.from_baseline() && !file.lines().empty())
    findings.add(at + "/lines", "two_contents", "lines, or the baseline's copy");
  std::size_t size = 0;
  for (const auto& line : file.lines()) {
    size += line.size() + 1;
    if (line.find('\n') != std::string::npos) findings.add(at + "/lines", "bad_line", "a line holds no line feed");
  }
  if (size > kMostKeyFile) findings.add(at + "/lines", "too_large", "at most 64 KiB");
  return size;
}

void check_integrity(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.integrity();
  check_globs(findings, "/watch", policy.watch());
  check_globs(findings, "/except", policy.except());
  if (policy.pass_minutes() > kMostMinutes) findings.add("/pass_minutes", "bad_number", "at most 31 days");
  if (policy.pass_threads() > kMostThreads) findings.add("/pass_threads", "bad_number", "at most 64");
  if (policy.key_files_size() > kMostFiles) findings.add("/key_files", "too_many", "at most 64");
  std::set<std::string> seen;
  std::size_t size = 0;
  for (int i = 0; i < policy.key_files_size(); ++i) {
    const auto at = "/key_files/" + std::to_string(i);
    size += check_file(policy.key_files(i), at, findings);
    if (!seen.insert(policy.key_files(i).path()).second)
      findings.add(at + "/path", "duplicate", policy.key_files(i).path());
  }
  if (size > kMostKeyFiles) findings.add("/key_files", "too_large", "at most 256 KiB together");
  if (policy.mode() == v1::ENFORCE && policy.watch().empty() && policy.key_files().empty())
    findings.add("/watch", "nothing_watched", "no file is looked at", true);
}

}  // namespace

Section integrity_section() { return {"integrity", "7.1,9.7-d", check_integrity, {{"learn", {}}, {"pass", {}}}}; }

}  // namespace kw::policy
