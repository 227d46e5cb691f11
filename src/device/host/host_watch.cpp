#include "device/host/host_watch.h"

#include <algorithm>
#include <array>

#include "device/integrity/globs.h"

namespace kw::device {
namespace {

using Reaction = v1::HostReaction;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr std::string_view kDeleted = " (deleted)";

// File names of Debian 12's shells, script languages, terminals, and what shells are sent over networks with. A number
// behind the name is a version ("python3.11").
constexpr std::array<std::string_view, 41> kShells = {
    "sh",      "bash",  "rbash",      "dash",           "zsh",    "ksh",    "mksh",  "fish",   "csh",   "tcsh",
    "busybox", "ash",   "python",     "perl",           "ruby",   "lua",    "node",  "nodejs", "php",   "tclsh",
    "wish",    "awk",   "gawk",       "mawk",           "expect", "script", "xterm", "uxterm", "urxvt", "rxvt",
    "konsole", "kitty", "lxterminal", "xfce4-terminal", "screen", "tmux",   "nc",    "ncat",   "socat", "telnet",
    "gdb"};

// What gives root's rights away on Debian 12, by its set-ID bit or by name.
constexpr std::array<std::string_view, 17> kRaisers = {"/usr/bin/sudo",
                                                       "/usr/bin/su",
                                                       "/usr/bin/pkexec",
                                                       "/usr/bin/passwd",
                                                       "/usr/bin/chsh",
                                                       "/usr/bin/chfn",
                                                       "/usr/bin/newgrp",
                                                       "/usr/bin/gpasswd",
                                                       "/usr/bin/mount",
                                                       "/usr/bin/umount",
                                                       "/usr/bin/at",
                                                       "/usr/bin/crontab",
                                                       "/usr/bin/fusermount3",
                                                       "/usr/bin/ntfs-3g",
                                                       "/usr/sbin/exim4",
                                                       "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
                                                       "/usr/lib/polkit-1/polkit-agent-helper-1"};

std::string_view path_of(const std::string& program) {
  std::string_view out(program);
  if (out.ends_with(kDeleted)) out.remove_suffix(kDeleted.size());
  return out;
}
bool any(const std::vector<std::string>& globs, const std::string& program) {
  return std::ranges::any_of(globs, [&](const auto& glob) { return glob_matches(glob, path_of(program)); });
}
std::vector<std::string> texts(const Texts& list) { return {list.begin(), list.end()}; }
Rights rights_of(const ProcessFacts& facts) { return facts.has_root() ? Rights::root : Rights::none; }

}  // namespace

bool is_shell(std::string_view program) {
  if (program.ends_with(kDeleted)) program.remove_suffix(kDeleted.size());
  if (program.starts_with("/memfd:")) return true;  // nobody's browser runs such a thing
  if (const auto slash = program.rfind('/'); slash != std::string_view::npos) program.remove_prefix(slash + 1);
  if (program.starts_with("gnome-terminal")) return true;
  const auto end = program.find_last_not_of("0123456789.");
  if (end != std::string_view::npos) program = program.substr(0, end + 1);
  return std::ranges::find(kShells, program) != kShells.end();
}

std::string ancestry_text(const std::vector<std::string>& ancestry) {
  std::string out;
  for (const auto& one : ancestry) out += (out.empty() ? "" : " < ") + one;
  return out;
}

HostRules HostRules::make(const v1::HostPolicy& policy, std::string own_program) {
  HostRules out;
  out.browsers = texts(policy.browsers());
  out.below_browser = texts(policy.below_browser());
  out.raisers = texts(policy.raisers());
  out.own_raisers = !out.raisers.empty();
  if (!out.own_raisers) out.raisers.assign(kRaisers.begin(), kRaisers.end());
  out.protected_programs = texts(policy.protected_programs());
  out.kiosk_uids = {policy.kiosk_uids().begin(), policy.kiosk_uids().end()};
  out.users = {policy.users().begin(), policy.users().end()};
  out.remote_sessions = policy.remote_sessions();
  out.own_program = std::move(own_program);
  return out;
}

void HostWatch::use(HostRules rules) {
  rules_ = std::move(rules);
  clear();
}

void HostWatch::clear() {
  tree_.clear();
  sessions_.clear();
  lines_.clear();
  lines_known_ = false;
}

bool HostWatch::is_browser(const std::string& program) const {
  return !program.empty() && any(rules_.browsers, program);
}
bool HostWatch::is_protected(const std::string& program) const {
  if (program.empty()) return false;
  return path_of(program) == path_of(rules_.own_program) || any(rules_.protected_programs, program);
}
bool HostWatch::below(const Process& one) const {
  return one.lineage.below_browser || rules_.kiosk_uids.contains(one.facts.uid);
}
std::size_t HostWatch::browsers() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      tree_.all(), [&](const auto& one) { return !one.second.ended && is_browser(one.second.facts.program); }));
}

HostFinding HostWatch::made(HostKind kind, const char* what, const Process& one) const {
  return {kind, what, one.facts.program, one.facts, one.lineage.ancestry};
}

HostFinding HostWatch::finding_of(HostKind kind, std::string what, std::string subject, int pid) {
  HostFinding out{kind, std::move(what), std::move(subject), {}, {}};
  out.process.pid = pid;
  if (const auto* known = tree_.find(pid); pid > 0 && known != nullptr) {
    out.process = known->facts;
    out.ancestry = known->lineage.ancestry;
  }
  return out;
}

// ---- one process ------------------------------------------------------------------------------------------------

void HostWatch::judge(Process& one, Rights before, std::vector<HostFinding>& out) {
  const auto& facts = one.facts;
  if (facts.program.empty()) return;  // a thread of the kernel
  one.rights = rights_of(facts);
  if (before == Rights::none && one.rights == Rights::root) {
    const bool given = any(rules_.raisers, facts.program) && (rules_.own_raisers || !below(one));
    if (!given) out.push_back(made(Reaction::PRIVILEGE, "raised", one));
  }
  if (one.judged == facts.program) return;
  const bool was_browser = is_browser(one.judged);
  one.judged = facts.program;
  if (is_browser(facts.program)) {
    one.lineage.below_browser = true;  // so are its children, and whatever it becomes
    return;
  }
  if (was_browser || below(one)) {
    const bool shell = is_shell(facts.program);
    if (!any(rules_.below_browser, facts.program) && (shell || !rules_.below_browser.empty())) {
      out.push_back(made(Reaction::ESCAPE, shell ? "shell" : "program", one));
      return;
    }
  }
  if (lines_known_ && !facts.terminal.empty() && !lines_.contains(facts.terminal) && is_shell(facts.program) &&
      facts.session == facts.pid)
    out.push_back(made(Reaction::SESSION, "terminal", one));
}

void HostWatch::judge_trace(const Process* tracer, int tracer_pid, Process& traced, std::vector<HostFinding>& out) {
  if (tracer_pid <= 0 || traced.told_tracer == tracer_pid || !is_protected(traced.facts.program)) return;
  traced.told_tracer = tracer_pid;
  HostFinding found{Reaction::TRACE, "attached", traced.facts.program, {}, {}};
  found.process.pid = tracer_pid;
  if (tracer != nullptr) {
    found.process = tracer->facts;
    found.ancestry = tracer->lineage.ancestry;
  }
  out.push_back(std::move(found));
}

std::vector<HostFinding> HostWatch::scanned(std::vector<ProcessFacts> facts, bool first, Duration since, Duration now) {
  std::vector<HostFinding> out;
  std::vector<int> pids;
  // The older ones first: a child inherits from its parent.
  std::ranges::stable_sort(facts, {}, &ProcessFacts::started);
  for (const auto& one : facts) {
    pids.push_back(one.pid);
    auto* known = tree_.ran(one, now);
    if (known == nullptr) continue;
    // At the first look nobody knows how a process got what it has; root below a browser is judged all the same.
    auto before = known->rights;
    if (first) before = below(*known) && !is_browser(one.program) && one.uid != 0 ? Rights::none : rights_of(one);
    judge(*known, before, out);
  }
  for (const auto& one : facts) {
    if (one.tracer <= 0) continue;
    if (auto* traced = tree_.find(one.pid)) judge_trace(tree_.find(one.tracer), one.tracer, *traced, out);
  }
  for (const auto pid : tree_.missing(pids, since)) tree_.ended(pid, now);
  return out;
}

std::vector<HostFinding> HostWatch::heard(const HostNews& news, Duration now) {
  std::vector<HostFinding> out;
  if (const auto* forked = std::get_if<ProcessForked>(&news)) {
    tree_.forked(forked->parent, forked->child, now);
  } else if (const auto* changed = std::get_if<ProcessChanged>(&news)) {
    if (changed->facts) {
      if (auto* known = tree_.ran(*changed->facts, now)) judge(*known, known->rights, out);
    } else if (auto* known = tree_.find(changed->pid); known != nullptr && changed->ran && !known->ended) {
      // It ended before it could be looked at. Below a browser even that is told: no page needs a program that short.
      if (below(*known)) {
        auto found = made(Reaction::ESCAPE, "gone", *known);
        found.subject.clear();
        found.process.program.clear();
        out.push_back(std::move(found));
      }
    }
  } else if (const auto* traced = std::get_if<ProcessTraced>(&news)) {
    if (traced->facts) tree_.ran(*traced->facts, now);
    if (auto* known = tree_.find(traced->pid)) {
      known->told_tracer = 0;  // attached anew
      judge_trace(tree_.find(traced->tracer), traced->tracer, *known, out);
    }
  } else if (const auto* ended = std::get_if<ProcessEnded>(&news)) {
    tree_.ended(ended->pid, now);
  }
  return out;
}

// ---- sessions ---------------------------------------------------------------------------------------------------

std::vector<HostFinding> HostWatch::sessions(const std::vector<SessionSeen>& seen) {
  std::vector<HostFinding> out;
  std::set<std::string> standing;
  lines_.clear();
  for (const auto& one : seen) {
    lines_.insert(one.line);
    const bool remote = !one.from.empty() && one.from != ":0" && !one.from.starts_with(":0.");
    const bool stranger = !rules_.users.contains(one.user);
    if (!stranger && (!remote || rules_.remote_sessions)) continue;
    standing.insert(one.key());
    if (sessions_.contains(one.key())) continue;
    out.push_back(finding_of(Reaction::SESSION, stranger ? "user" : "remote", one.user, one.leader));
    if (out.back().process.terminal.empty()) out.back().process.terminal = one.line;
  }
  sessions_ = std::move(standing);
  lines_known_ = true;
  return out;
}

std::vector<ProcessFacts> HostWatch::reach(const HostFinding& finding, bool session, const std::set<int>& own) const {
  std::vector<ProcessFacts> out;
  const auto add = [&](const ProcessFacts& one) {
    // What protects the kiosk is never what its defence ends.
    if (one.pid <= 1 || own.contains(one.pid) || is_protected(one.program)) return;
    if (std::ranges::none_of(out, [&](const auto& each) { return each.pid == one.pid; })) out.push_back(one);
  };
  if (finding.process.pid <= 1) return out;
  add(finding.process);
  for (const auto* one : tree_.below(finding.process.pid)) add(one->facts);
  if (session && finding.process.started != 0)
    for (const auto* one : tree_.of_session(finding.process)) add(one->facts);
  return out;
}

}  // namespace kw::device
