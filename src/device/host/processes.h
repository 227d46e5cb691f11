#pragma once
// ProcessTree remembers which process descends from which, also where the ones between have ended: a shell that is
// started by way of two forks is still the browser's.
//
//   tree.scanned(facts)    what runs now; what is not among it has ended
//   tree.forked(4, 5, now); tree.ran(facts, now); tree.ended(5, now)
//
// What a process is to the rules is kept in `Lineage` and handed down at each fork. Ended processes stay for kEnded, so
// that a file's writer can be named a little later. PURE; one thread.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace kw::device {

/// What /proc tells of one process; unknown parts are empty.
struct ProcessFacts {
  int pid = 0, parent = 0;
  std::uint64_t started = 0;  // clock ticks since boot: tells a pid's next owner
  int session = 0;            // of setsid(2)
  std::string terminal{};     // "pts/3", "tty1"; empty: none
  std::string program{};      // path of what it runs; empty: it has gone, or is a thread of the kernel
  std::string name{};         // command name
  std::uint32_t uid = 0, euid = 0, suid = 0;
  int tracer = 0;
  std::string login_user{};     // uid that logged on (audit), empty: nobody did
  std::string login_session{};  // the kernel's number of that session
  std::string command{};        // without what could be personal, see command_text.h
  bool of_kernel = false;       // a thread of the kernel: no program, no user but root
  [[nodiscard]] bool has_root() const noexcept { return uid == 0 || euid == 0 || suid == 0; }
};

/// What descends from a process to its children.
struct Lineage {
  std::vector<std::string> ancestry;  // programs above, the nearest first; at most kMostAncestors
  bool below_browser = false;
};

/// Whether a process could use root's rights when it was last looked at; `unknown` before that.
enum class Rights { unknown, none, root };

struct Process {
  ProcessFacts facts;
  Lineage lineage;
  int origin = 0;  // the process that made it, whoever adopted it since
  Rights rights = Rights::unknown;
  Duration made{};                  // first heard of
  std::optional<Duration> ended{};  // when
  std::string judged;               // the program that the rules have seen
  int told_tracer = 0;
};

class ProcessTree {
 public:
  static constexpr std::size_t kMostAncestors = 8, kMostProcesses = 65536, kMostEnded = 1024;
  static constexpr Duration kEnded = std::chrono::seconds(30);

  /// forked makes the child as its parent was; nothing where there are too many.
  Process* forked(int parent, int child, Duration now);
  /// ran takes what a process is now, after it began to run a program or at a scan.
  Process* ran(const ProcessFacts& facts, Duration now);
  void ended(int pid, Duration now);
  /// missing gives the living that are not among `pids`, which were read at `since`.
  [[nodiscard]] std::vector<int> missing(const std::vector<int>& pids, Duration since) const;
  void tidy(Duration now);
  [[nodiscard]] Process* find(int pid);
  /// below gives the living that descend from a process, also by way of ended ones.
  [[nodiscard]] std::vector<const Process*> below(int pid) const;
  /// of_session: the living of one login session, or where it has none, of one setsid(2) session.
  [[nodiscard]] std::vector<const Process*> of_session(const ProcessFacts& member) const;
  [[nodiscard]] const std::map<int, Process>& all() const noexcept { return processes_; }
  void clear() { processes_.clear(); }

 private:
  std::map<int, Process> processes_;
  std::size_t ended_ = 0;
};

}  // namespace kw::device
