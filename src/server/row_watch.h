#pragma once
// RowWatch tells when somebody else than the platform has written its database (store/sqlite/row_seals.h), once for
// each finding, and takes present rows over as right when a person says so and why.
//
// look() is called at the start and by a timer. Thread-safe. Source: clause 9.1 (every database operation on protected
// tables, the DBA's own included), architecture, audit.
#include <functional>
#include <mutex>
#include <set>

#include "server/auth_service.h"
#include "server/platform_keys.h"
#include "store/sqlite/sqlite_store.h"

namespace kw::server {

class RowWatch {
 public:
  using Findings = std::vector<store::RowFinding>;
  struct Ports {
    std::function<Result<Findings>()> check;
    std::function<Result<>()> accept;
  };
  RowWatch(Changes& changes, Ports ports, Log& log) : changes_(changes), ports_(std::move(ports)), log_(log) {}

  /// look checks all protected rows and tells what is new.
  Result<> look();
  /// tell takes what the store found when it was opened.
  Result<> tell(const Findings& found);
  [[nodiscard]] Findings found() const;
  /// accept is recorded with what was taken over. Errc::wrong_state where nothing is wrong.
  Result<> accept(const std::string& reason, const Actor& who);

 private:
  Changes& changes_;
  Ports ports_;
  Log& log_;
  mutable std::mutex mutex_;
  std::set<store::RowFinding> found_;
};

/// seal_rows protects a store's rows from now on, and gives what somebody has done to them while no program watched:
/// for RowWatch::tell. That there were seals is marked beside the keys (keys/rows.sealed), where whoever owns the
/// database alone cannot take it away. Once for each store that was opened, before it is written.
Result<RowWatch::Findings> seal_rows(store::SqliteStore& store, const PlatformKeys& keys,
                                     const std::filesystem::path& data_dir);

}  // namespace kw::server
