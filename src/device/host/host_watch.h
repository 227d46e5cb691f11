#pragma once
// HostWatch judges what happens on a kiosk by rules: a shell below the browser, a process that got root's rights, one
// that traces a protected one, a session that nobody expects (clause 6.3-b).
//
//   watch.use(HostRules::make(policy, own_program));
//   for (finding : watch.scanned(facts, first, since, now)) ...     for (finding : watch.heard(news, now)) ...
//
//   rule     | at                          | finding where
//   escape   | exec, scan                  | it descends from a browser, or is a kiosk user's, and is not listed
//   privilege| exec, change of user, scan  | it had no way to root's rights and has them now, and its program gives
//            |                             | none away; below the browser no program does that policy does not name
//   trace    | attach, scan                | the traced one is protected
//   session  | list of sessions            | the user is not listed, or it comes from another machine
//   session  | exec, scan                  | a shell on a terminal that no session has
//
// Each standing thing is found once. PURE; one thread.
#include "device/host/ports.h"
#include "kioskward/v1/host.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;
using HostKind = v1::HostReaction::Kind;

struct HostRules {
  std::vector<std::string> browsers, below_browser, raisers, protected_programs;  // globs
  std::set<std::uint32_t> kiosk_uids;
  std::set<std::string> users;
  std::string own_program;
  bool own_raisers = false;  // `raisers` are policy's
  bool remote_sessions = false;
  static HostRules make(const v1::HostPolicy& policy, std::string own_program);
};

struct HostFinding {
  HostKind kind = v1::HostReaction::KIND_UNSPECIFIED;
  std::string what;      // "shell", "program", "attached", "user", "remote", "terminal", "module", "taint", ...
  std::string subject;   // program, path, user or module
  ProcessFacts process;  // whose doing; pid 0: unknown
  std::vector<std::string> ancestry;
};

/// is_shell: a command interpreter, script language or terminal program, by its file's name.
[[nodiscard]] bool is_shell(std::string_view program);
[[nodiscard]] std::string ancestry_text(const std::vector<std::string>& ancestry);

class HostWatch {
 public:
  void use(HostRules rules);
  /// scanned takes all that ran at `since`; `first`: of a machine that was not watched before.
  std::vector<HostFinding> scanned(std::vector<ProcessFacts> facts, bool first, Duration since, Duration now);
  /// heard takes news of processes; the others are not its.
  std::vector<HostFinding> heard(const HostNews& news, Duration now);
  /// sessions takes those that stand.
  std::vector<HostFinding> sessions(const std::vector<SessionSeen>& seen);
  void tidy(Duration now) { tree_.tidy(now); }
  void clear();

  /// finding_of fills in who did it, as far as that is known.
  [[nodiscard]] HostFinding finding_of(HostKind kind, std::string what, std::string subject, int pid);
  /// reach gives the processes that an action on the finding ends, leaders first; never process 1 or `own`.
  [[nodiscard]] std::vector<ProcessFacts> reach(const HostFinding& finding, bool session,
                                                const std::set<int>& own) const;
  [[nodiscard]] const ProcessTree& tree() const noexcept { return tree_; }
  [[nodiscard]] bool is_protected(const std::string& program) const;
  [[nodiscard]] std::size_t browsers() const;

 private:
  void judge(Process& one, Rights before, std::vector<HostFinding>& out);
  void judge_trace(const Process* tracer, int tracer_pid, Process& traced, std::vector<HostFinding>& out);
  [[nodiscard]] bool is_browser(const std::string& program) const;
  [[nodiscard]] bool below(const Process& one) const;
  [[nodiscard]] HostFinding made(HostKind kind, const char* what, const Process& one) const;

  HostRules rules_;
  ProcessTree tree_;
  std::set<std::string> lines_;  // terminals that sessions have
  bool lines_known_ = false;
  std::set<std::string> sessions_;  // found
};

}  // namespace kw::device
