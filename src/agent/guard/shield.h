#pragma once
// Shield holds the agent's own files to what they were: program, configuration, unit files, what enables them, keys.
//
//   Shield shield(Shield::Mode::restore, {state, events, log});
//   shield.add_file("/etc/kioskward/agent.toml");
//   shield.begin();   // takes what is there; tells what has changed since the last run
//   shield.check();   // once a second: one lstat a path; reads only what looks different
//
// Looking at the path itself, and not at an inode, also sees a mount over it and a directory that was replaced. In mode
// restore a file is written again from memory, the program from the running one, a link is made again, a mask removed.
// Told as agent.files.changed, agent.unit.disabled, and, where program or unit file was removed,
// agent.uninstall.refused. The guard's state files are held by StateDirectory::mend, which check() calls too. One
// thread; may block for the disk.
#include <map>
#include <optional>
#include <set>

#include "agent/events.h"
#include "agent/identity/state_directory.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

class Shield {
 public:
  enum class Mode { off, watch, restore };
  struct Ports {
    const StateDirectory& state;
    EventSink& events;
    Log& log;
  };
  Shield(Mode mode, Ports ports) : mode_(mode), ports_(ports) {}

  /// add_file: of at most 256 KiB; one that is absent at the start, and was at the end of the last run, is not held.
  /// `staging`: where a new copy is made before it is moved there; empty: beside it.
  void add_file(const std::string& path, std::string staging = {});
  /// add_unit is add_file for a unit file: its removal is an attempt to uninstall.
  void add_unit(const std::string& path);
  /// add_program holds the file of the running program, `image` (open for reading) being its content.
  void add_program(const std::string& path, platform::UniqueFd image);
  /// add_enabling holds the symbolic link that enables a unit; add_mask the absence of what would disable it.
  void add_enabling(const std::string& path, const std::string& unit);
  void add_mask(const std::string& path, const std::string& unit);

  /// expect_new: this start has written the file anew; that is no change by somebody else.
  void expect_new(const std::string& path) { ours_.insert(path); }
  void begin();
  void check();
  [[nodiscard]] Mode mode() const noexcept { return mode_; }
  /// lower ends the protection: an uninstall was ordered.
  void lower() { mode_ = Mode::off; }
  /// holds is false while something is not as it was and should be.
  [[nodiscard]] bool holds() const { return mode_ != Mode::restore || astray_.empty(); }

 private:
  enum class Kind { file, unit, program, enabling, mask };
  /// What lstat says; two that are equal are one unchanged file.
  struct Look {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    unsigned mode = 0, uid = 0, gid = 0;
    bool there = false;
    friend bool operator==(const Look&, const Look&) = default;
  };
  /// What a path holds: content's digest, or a link's target; empty: nothing.
  struct Content {
    std::string word;
    unsigned mode = 0, uid = 0, gid = 0;
    friend bool operator==(const Content&, const Content&) = default;
  };
  struct Item {
    Kind kind = Kind::file;
    std::string unit, staging;
    Content wanted;
    Bytes octets;              // of a small file
    platform::UniqueFd image;  // of the program
    std::optional<Look> look;  // nothing: look closely at the next check
    bool held = false;
  };
  static Look look_at(const std::string& path);
  static Content content_of(const std::string& path, Bytes* octets);
  void add(Kind kind, const std::string& path, std::string unit, std::string staging, platform::UniqueFd image);
  void check_item(const std::string& path, Item& item);
  Result<> restore(const std::string& path, const Item& item);
  void tell(const std::string& path, const Item& item, const Content& found, bool restored);
  void tell_state();
  std::map<std::string, std::string> last_known();
  void note_known();

  Mode mode_;
  Ports ports_;
  std::map<std::string, Item> items_;
  std::set<std::string> astray_, ours_;
  bool uninstalling_ = false;
};

[[nodiscard]] std::string_view name(Shield::Mode mode) noexcept;
/// parse_shield_mode: "off", "watch", "restore".
[[nodiscard]] std::optional<Shield::Mode> parse_shield_mode(std::string_view word) noexcept;

}  // namespace kw::agent
