#pragma once
// DatabaseFeed reads what a business database's own audit wrote (MariaDB's server_audit plugin, a file), records every
// operation on protected tables, and raises an alarm for what did not come through the platform.
//
// An operation is the platform's where its account is one of the platform's and its statement carries a trace (kw:… in
// a comment) that the ledger knows. Place in the file and entries are committed together: a line is recorded once,
// whatever happens. The plugin's rotation is followed by the file's inode; what is lost is said. Statements' texts are
// never recorded: they hold people's data. tick() is called by one timer. Source: clause 9.1; architecture, audit.
#include <filesystem>

#include "dbaudit/act_judge.h"
#include "server/change.h"

namespace kw::server {

struct DatabaseOptions {
  std::string name;                 // as events call it
  std::filesystem::path audit_log;  // the plugin's file
  dbaudit::ActRules rules;
  Duration silence = std::chrono::hours(1);  // without a line; zero: never told
};

class DatabaseFeed {
 public:
  static constexpr std::size_t kAtOnce = std::size_t{4} << 20;  // octets of one tick
  static constexpr Duration kTraceAge = std::chrono::hours(24);
  DatabaseFeed(Changes& changes, DatabaseOptions options, Log& log);
  /// tick reads on. Errors are of the store; a file that cannot be read is told, once, and tried again.
  Result<> tick();
  /// connected: lines were heard, and neither are they missing now nor is the file. Of the thread that ticks.
  [[nodiscard]] bool connected() const noexcept { return heard_ && !unreadable_ && !silent_; }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }

 private:
  Result<bool> nothing_new(const std::string& key);
  struct Place;
  Result<std::string> read_on(Place& place, Change& change);
  Result<> take(Change& change, std::string_view text);
  Result<> record(Change& change, const dbaudit::Act& act);
  Result<bool> knows(Change& change, const std::string& trace);
  Result<> lost(Change& change, std::string_view why);

  Changes& changes_;
  const DatabaseOptions options_;
  Log& log_;
  dbaudit::ActJudge judge_;
  std::optional<Duration> heard_;
  bool unreadable_ = false, silent_ = false;
};

}  // namespace kw::server
