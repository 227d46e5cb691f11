#pragma once
// HostPort is the machine's side of section "host": what processes do, who logs on, which modules the kernel has and
// which files are set-ID.
#include <functional>
#include <memory>
#include <set>
#include <variant>

#include "base/result.h"
#include "device/host/logins.h"
#include "device/host/processes.h"

namespace kw::device {

struct ProcessForked {
  int parent = 0, child = 0;
};
/// A process began to run a program, or its user changed; without facts where it had ended before it was looked at.
struct ProcessChanged {
  int pid = 0;
  std::optional<ProcessFacts> facts;
  bool ran = false;
};
struct ProcessTraced {
  int pid = 0, tracer = 0;
  std::optional<ProcessFacts> facts;  // of the tracer
};
struct ProcessEnded {
  int pid = 0;
};
/// News were lost: everything is to be looked at.
struct HostNewsLost {
  std::string source;  // "processes", "audit"
  std::uint64_t times = 0;
};
using HostNews = std::variant<ProcessForked, ProcessChanged, ProcessTraced, ProcessEnded, FailedLogin, HostNewsLost>;

/// Which sources speak on this machine; `missing` says why the others do not: {"processes", "not_permitted: ..."}.
struct HostSources {
  bool processes = false, audit = false;
  std::map<std::string, std::string> missing;
};

struct KernelModules {
  std::set<std::string> names;
  std::uint64_t taint = 0;  // /proc/sys/kernel/tainted
};

/// How far the list of failed logins was read: of which file, and how many octets.
struct LoginsMark {
  std::uint64_t inode = 0, read = 0;
  friend bool operator==(const LoginsMark&, const LoginsMark&) = default;
};
struct LoginsRead {
  std::vector<FailedLogin> failures;
  LoginsMark mark;
  bool cut_off = false;  // shorter than it was: somebody took records away
  bool more = false;     // the bound of one reading was met
};

struct SetIdFile {
  std::string path;
  std::uint32_t mode = 0, uid = 0, gid = 0;
  friend bool operator==(const SetIdFile&, const SetIdFile&) = default;
};

class HostPort {
 public:
  using Sink = std::function<void(std::vector<HostNews>)>;
  using Stop = std::function<bool()>;
  virtual ~HostPort() = default;
  /// start lets the sources speak that this machine has, on threads of their own, in small batches. None is an error.
  virtual HostSources start(Sink sink) = 0;
  virtual void stop() = 0;
  /// scan looks at every process; look at one (nothing: it has gone).
  virtual Result<std::vector<ProcessFacts>> scan() = 0;
  virtual std::optional<ProcessFacts> look(int pid) = 0;
  /// tracer is the process that traces this one; 0: none, or it has gone.
  [[nodiscard]] virtual int tracer(int pid) = 0;
  /// end kills a process where it is still the same one. Errc::not_found, forbidden (1 and this process),
  /// not_permitted.
  virtual Result<> end(int pid, std::uint64_t started) = 0;
  [[nodiscard]] virtual bool runs(int pid, std::uint64_t started) = 0;
  /// modules: Errc::unsupported where the kernel takes none.
  virtual Result<KernelModules> modules() = 0;
  /// failed_logins reads what was added behind `mark`, or all of another file. Errc::not_found: there is no list.
  virtual Result<LoginsRead> failed_logins(const LoginsMark& mark) = 0;
  /// sessions that stand. Errc::not_found: neither list is there.
  virtual Result<std::vector<SessionSeen>> sessions() = 0;
  /// known_user tells a name from what somebody may have typed in its place.
  [[nodiscard]] virtual bool known_user(const std::string& name) = 0;
  /// set_id tells a file that is regular, can be run and has a set-ID bit; nothing for all others.
  virtual std::optional<SetIdFile> set_id(const std::string& path) = 0;
  /// set_id_files walks over every local file system that honours such bits. Takes long; any thread.
  virtual Result<std::vector<SetIdFile>> set_id_files(const Stop& stop) = 0;
};

}  // namespace kw::device
