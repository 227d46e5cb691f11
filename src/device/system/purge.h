#pragma once
// plan_purge says what has to go of a kiosk's users once a session is over (clauses 6.4-d, 7.4). PURE.
//
//   seen = port.look(wish.users);  for (change : plan_purge(wish, seen)) port.apply(change);
//   left = plan_purge(wish, port.look(wish.users));   // what is planned again did not go
//
// What came after the session's end belongs to the next one and stays. ADR 115, ADR 116.
#include <functional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace kw::device {

enum class PurgeKind { directory, temporary_files, shared_memory, segments, print_jobs };
/// "session_directory", "temporary_files", ...: the word of events.
[[nodiscard]] std::string_view name(PurgeKind kind);

struct PurgeWish {
  std::vector<std::string> users;  // whose; names
  std::string open;                // the directory of a session that is under way
  Timestamp ended;                 // of the session; what is younger stays
  bool print_jobs = true, shared_memory = true, temporary_files = true;
};

/// A System V object.
struct Segment {
  enum class Kind { memory, semaphores, messages };
  Kind kind = Kind::memory;
  int id = 0;
  std::uint32_t owner = 0;
  Timestamp made;        // whole seconds, as the kernel keeps it
  bool removed = false;  // it goes with the last process that has it
  friend bool operator==(const Segment&, const Segment&) = default;
};
struct SpoolFile {
  std::string name;
  Timestamp changed;
  friend bool operator==(const SpoolFile&, const SpoolFile&) = default;
};
/// Files of one user below a place where everybody may write.
struct OwnedFiles {
  std::string place;  // "/tmp"
  std::uint32_t owner = 0;
  std::uint64_t count = 0;  // not younger than was asked
  bool shared_memory = false;
  friend bool operator==(const OwnedFiles&, const OwnedFiles&) = default;
};
struct PurgeSeen {
  std::set<std::uint32_t> users;         // who was asked for, and is here
  std::vector<std::string> directories;  // of sessions, mounted or not
  std::vector<Segment> segments;
  std::vector<OwnedFiles> files;
  std::vector<SpoolFile> spool;
  bool scheduler = false;           // CUPS runs, and is asked instead of its files being taken
  std::vector<PurgeKind> not_seen;  // what could not be looked at
  friend bool operator==(const PurgeSeen&, const PurgeSeen&) = default;
};

struct EndDirectory {
  std::string name;
};
struct EndSegment {
  Segment::Kind kind = Segment::Kind::memory;
  int id = 0;
};
struct EndFiles {
  std::string place;
  std::uint32_t owner = 0;
  Timestamp before;
};
struct CancelJobs {};
struct EndSpoolFile {
  std::string name;
};
struct PurgeChange {
  PurgeKind kind = PurgeKind::directory;
  std::variant<EndDirectory, EndSegment, EndFiles, CancelJobs, EndSpoolFile> what;
};
[[nodiscard]] std::vector<PurgeChange> plan_purge(const PurgeWish& wish, const PurgeSeen& seen);

struct PurgeDone {
  std::uint64_t count = 0, octets = 0;
};

/// PurgePort is the machine's side. begin() and end_all() are quick and are called on the host's thread; look() and
/// apply() may take a second and run on a thread of their own meanwhile.
class PurgePort {
 public:
  virtual ~PurgePort() = default;
  /// begin makes a session's own directory, in memory, `octets` large, the first user's alone; gives its path.
  /// Errc::not_permitted: memory could reach a disk as it is; not_found: no such user.
  virtual Result<std::string> begin(const std::string& name, std::uint64_t octets,
                                    const std::vector<std::string>& users) = 0;
  /// end_all takes every session's directory away; counts them.
  virtual Result<PurgeDone> end_all() = 0;
  using Stop = std::function<bool()>;
  virtual Result<PurgeSeen> look(const PurgeWish& wish, const Stop& stop) = 0;
  virtual Result<PurgeDone> apply(const PurgeChange& change, const Stop& stop) = 0;
};

}  // namespace kw::device
