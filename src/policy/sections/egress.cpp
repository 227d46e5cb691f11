#include "policy/sections/egress.h"

#include <array>
#include <set>

#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

constexpr int kMostWords = 64;
constexpr std::size_t kLongestWord = 96;

// A gate over one of these would stand before everything that the machine reads.
constexpr std::array<std::string_view, 12> kTooWide = {"/",     "/bin", "/dev", "/etc", "/home", "/lib",
                                                       "/proc", "/run", "/sys", "/usr", "/var",  "/var/lib"};

void check_place(const v1::EgressPolicy& policy, Findings& findings) {
  std::set<int> marks;
  for (int i = 0; i < policy.judged_size(); ++i) {
    const auto path = "/judged/" + std::to_string(i);
    const auto mark = policy.judged(i);
    if (mark == v1::PLACE_MARK_UNSPECIFIED || !v1::PlaceMark_IsValid(mark))
      findings.add(path, "bad_mark", "a mark of the place is asked");
    else if (!marks.insert(mark).second)
      findings.add(path, "duplicate", v1::PlaceMark_Name(mark), true);
  }
  if (!policy.receiver().empty() && (!absolute_path_ok(policy.receiver()) || policy.receiver().size() > kLongestSocket))
    findings.add("/receiver", "bad_path", "the absolute path of a device, file or local socket, at most 107 octets");
  if (marks.contains(v1::POSITION) && policy.receiver().empty())
    findings.add("/receiver", "no_receiver", "without a receiver the position stays unknown", true);
  if (policy.patience_minutes() > 525'600) findings.add("/patience_minutes", "out_of_range", "at most a year");
  if (policy.radius_m() > 100'000) findings.add("/radius_m", "out_of_range", "at most 100 km");
  if (policy.cut_on_silence() && policy.patience_minutes() == 0)
    findings.add("/cut_on_silence", "no_patience", "a mark that may be silent for ever cuts nothing", true);
  if (policy.mode() != v1::OFF && marks.empty())
    findings.add("/judged", "nothing_judged", "clause 9.7-b: a kiosk that is carried away is not noticed", true);
}

void check_documents(const v1::EgressPolicy& policy, Findings& findings) {
  check_paths(policy.folders(), "/folders", true, findings);
  for (int i = 0; i < policy.folders_size(); ++i)
    for (const auto wide : kTooWide)
      if (policy.folders(i) == wide)
        findings.add("/folders/" + std::to_string(i), "too_wide", "a spool or an upload folder is asked");
  if (policy.words_size() > kMostWords) findings.add("/words", "too_many", "at most 64");
  std::set<std::string> words;
  for (int i = 0; i < policy.words_size(); ++i) {
    const auto path = "/words/" + std::to_string(i);
    // Two characters of Chinese are six octets; a single letter would mark every document.
    if (policy.words(i).size() < 4 || policy.words(i).size() > kLongestWord)
      findings.add(path, "bad_word", "4 to 96 octets");
    else if (!words.insert(policy.words(i)).second)
      findings.add(path, "duplicate", policy.words(i), true);
  }
  if (policy.most_file_mib() > 64) findings.add("/most_file_mib", "out_of_range", "at most 64");
  if (policy.keep_days() > 3650) findings.add("/keep_days", "out_of_range", "at most 3650");
  if (policy.mode() == v1::OFF) return;
  if (policy.folders().empty())
    findings.add("/folders", "nothing_scanned", "clause 9.7-e: no folder is scanned for secrecy markings", true);
  else if (policy.when_unreadable() != v1::ALLOW_UNJUDGED && policy.when_unreadable() != v1::DENY_UNJUDGED)
    findings.add("/when_unreadable", "choose", "allow_unjudged or deny_unjudged", policy.mode() != v1::ENFORCE);
}

void check_egress(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.egress();
  check_place(policy, findings);
  check_documents(policy, findings);
  check_paths(policy.mounts(), "/mounts", true, findings);
  if (policy.mode() == v1::ENFORCE && !policy.guard_mounts())
    findings.add("/guard_mounts", "mounts_free", "clause 9.7-b: what is mounted can take data away", true);
}

}  // namespace

Section egress_section() {
  return {"egress", "9.7-b,9.7-e", check_egress, {{"learn", {}}, {"restore", {"item"}}, {"discard", {"item"}}}};
}

}  // namespace kw::policy
