#pragma once
// LedgerWatch tells the administrators how much room the ledger has, and refuses their changes while it takes no
// entries (GB/T 22239 8.1.4.3-c, ADR 70).
//
//   report("ledger.room", watch.tick());   // each second
//   KW_CHECK(watch.admit_change());        // before an administrator's change
//
// Alarms at 80 and 95 % of the file system, when it is full, and when entries cannot be written; a notice when that is
// over. Thread-safe.
#include <mutex>
#include <optional>

#include "server/change.h"
#include "server/ledger_feeder.h"
#include "server/ledger_options.h"
#include "store/ledger/ledger_room.h"

namespace kw::server {

class LedgerWatch {
 public:
  LedgerWatch(Changes& changes, store::LedgerRoom& room, const LedgerFeeder& feeder, store::OnFull on_full)
      : changes_(changes), room_(room), feeder_(feeder), on_full_(on_full) {}

  /// tick measures and tells what changed since the last time; what could not be recorded is told by the next one.
  Result<> tick();
  /// admit_change: Errc::no_space while the ledger is full, Errc::unavailable while it cannot be written.
  Result<> admit_change() const;
  [[nodiscard]] store::RoomState state() const { return room_.state(); }
  [[nodiscard]] bool writable() const { return admit_change().has_value(); }

 private:
  Result<> tell_room(const store::RoomState& now);
  Result<> tell_trouble();

  Changes& changes_;
  store::LedgerRoom& room_;
  const LedgerFeeder& feeder_;
  const store::OnFull on_full_;
  std::mutex mutex_;
  store::RoomLevel told_ = store::RoomLevel::ample;
  bool told_trouble_ = false;
};

}  // namespace kw::server
