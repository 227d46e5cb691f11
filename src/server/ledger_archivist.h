#pragma once
// LedgerArchivist seals closed segments of the ledger, hands them out as bundles, and removes those that somebody
// confirmed to keep elsewhere once they are old enough (DB4403/T 503.7-2024 clause 9.2, ADR 71). Every step is
// recorded.
//
// tick() reads whole segments: start() gives it a thread of its own. Thread-safe.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/change.h"
#include "server/ledger_keeper.h"
#include "server/ledger_options.h"
#include "store/ledger/ledger_archive.h"

namespace kw::server {

class LedgerArchivist {
 public:
  LedgerArchivist(Changes& changes, LedgerKeeper& keeper, const std::filesystem::path& dir, store::FileOps& files,
                  std::uint64_t online_days, Log& log)
      : changes_(changes),
        keeper_(keeper),
        archive_(dir, files, changes.clock(), keeper.key().public_key()),
        online_days_(online_days),
        log_(log) {}
  ~LedgerArchivist() { stop(); }
  LedgerArchivist(const LedgerArchivist&) = delete;
  LedgerArchivist& operator=(const LedgerArchivist&) = delete;

  void start();
  void stop();
  /// tick seals what is closed and removes what may go.
  Result<> tick();

  Result<std::vector<store::ArchiveRecord>> list() { return archive_.list(); }
  /// bundle: errors as of LedgerArchive::exported. It is recorded, with its purpose, before it is handed out.
  Result<store::SegmentBundle> bundle(std::uint32_t number, const std::string& purpose, const Actor& who);
  /// confirm: errors as of LedgerArchive::confirm. `place` says where the bundle is kept.
  Result<> confirm(std::uint32_t number, ByteView digest, const std::string& place, const Actor& who);
  [[nodiscard]] std::uint64_t online_days() const noexcept { return online_days_; }

 private:
  Changes& changes_;
  LedgerKeeper& keeper_;
  store::LedgerArchive archive_;
  const std::uint64_t online_days_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kw::server
