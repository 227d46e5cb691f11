#pragma once
// ProgramGate and ProcessWatch are the machine's side of section "programs": the kernel's questions about programs, and
// the programs that run already or that the kernel does not ask about.
#include <functional>
#include <memory>
#include <variant>

#include "device/actor.h"
#include "device/programs/gate.h"
#include "device/programs/mounts.h"

namespace kw::device {

struct ProgramTold {
  ProgramSeen seen;
  Actor by;
};
/// The gate is closed down: what waits is let through, and nothing is judged until it is started again.
struct GateLost {
  std::string reason;
};
/// The kernel's queue was full: questions were let through unasked.
struct GateOverflowed {
  std::uint64_t times = 0;
};
using GateNews = std::variant<ProgramTold, GateLost, GateOverflowed>;

/// A place whose whole file system is to be guarded, whatever mount or namespace it is reached by.
struct GuardedPlace {
  std::string path;
  Guarding how = Guarding::all;
};

class ProgramGate {
 public:
  using Sink = std::function<void(GateNews)>;
  virtual ~ProgramGate() = default;
  /// start opens the gate with rules that are OFF. News come on a thread of the gate's own; the sink must be quick.
  virtual Result<> start(Sink sink) = 0;
  /// stop lets go of everything; no news after it. Pending questions are let through by the kernel.
  virtual void stop() = 0;
  /// use puts rules in force for every question that comes from now on.
  virtual void use(std::shared_ptr<const ProgramRules> rules) = 0;
  /// guard is asked again for the same place without harm. Errors: not_found, not_permitted, unsupported.
  virtual Result<> guard(const GuardedPlace& place) = 0;
  [[nodiscard]] virtual bool guarded(std::uint64_t device) const = 0;
  /// warm looks at files that are likely to be known, on threads of the gate's own, so that the first question about
  /// them does not wait; `done` is called when all were looked at, or never where the gate is stopped before.
  virtual void warm(std::vector<std::string> paths, std::function<void()> done) = 0;
  [[nodiscard]] virtual Gate::Counts counts() const = 0;
};

struct RunningProgram {
  int pid = 0;
  std::uint64_t started = 0;  // clock ticks since boot: tells a pid's next owner
  std::string path;
  bool memory = false;   // runs from anonymous memory
  bool deleted = false;  // its file has no name any more
  bool foreign = false;  // on a file system that cannot be asked or read (FUSE, network)
  bool guarded = false;  // the kernel asked about it
  std::optional<crypto::Digest> digest;
  Actor by;
};

class ProcessWatch {
 public:
  using Sink = std::function<void(RunningProgram)>;
  virtual ~ProcessWatch() = default;
  /// start tells every program that begins to run where the gate is not asked (`guarded` says where it is), on a thread
  /// of its own. Errc::unsupported: the kernel tells no such thing here; scan() is then all there is.
  virtual Result<> start(std::function<bool(std::uint64_t device)> guarded, Sink sink) = 0;
  virtual void stop() = 0;
  /// scan looks at every process; the digest is there for what `guarded` is not, and for all with `digests`. Takes
  /// long.
  virtual Result<std::vector<RunningProgram>> scan(bool digests) = 0;
  /// births changes whenever a process was born since; one small read, where scan looks at every process.
  virtual Result<std::uint64_t> births() = 0;
  /// end kills a process where it is still the same one.
  virtual Result<> end(const RunningProgram& program) = 0;
  /// mounts are those of this process's namespace and of every other one, each device once.
  virtual Result<std::vector<std::pair<std::string, Mount>>> mounts() = 0;
  /// close_memory has the kernel refuse programs in anonymous memory. Errc::unsupported: an older kernel.
  virtual Result<> close_memory(bool closed) = 0;
};

/// What a look at the installed packages found.
struct LearntPrograms {
  std::vector<Program> programs;
  std::vector<std::string> changed;  // files that differ from what their package says
  std::vector<crypto::Digest> interpreters;
};
/// ProgramSource looks at what is installed. Takes long (reads every program); any thread.
class ProgramSource {
 public:
  virtual ~ProgramSource() = default;
  struct Wanted {
    std::vector<std::string> paths, interpreters, suffixes;
  };
  /// learn reads packages and paths; `stop` ends it early with Errc::cancelled.
  virtual Result<LearntPrograms> learn(const Wanted& wanted, const std::function<bool()>& stop) = 0;
  /// digest of one file, as the interpreters of policy are told by.
  virtual Result<crypto::Digest> digest(const std::string& path) = 0;
};

}  // namespace kw::device
