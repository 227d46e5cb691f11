#pragma once
// LedgerFeeder moves the outbox into the audit ledger: in order, in batches, each entry exactly once.
//
//   KW_CHECK(feeder.reconcile());   // at start, before anything is fed
//   feeder.start();
//   feeder.notify();                // after each commit that wrote outbox rows
//   feeder.when_durable(position, [](Result<> done) { ... });
//
// A batch goes into the ledger under one fdatasync, then one transaction writes the ledger indices to the audit index,
// raises the devices' acknowledged sequences and deletes the rows. A crash between the two is mended by reconcile(): it
// reads the ledger's tail past the audit index. Failures are retried; nothing is dropped. While the ledger is full only
// entries of severity SERIOUS and CRITICAL go on, ahead of what waits (ADR 70). Thread-safe.
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/ledger_writer.h"
#include "store/store.h"

namespace kw::server {

class LedgerFeeder {
 public:
  using Done = std::function<void(Result<>)>;
  static constexpr std::size_t kBatch = 256;

  LedgerFeeder(store::Store& store, store::LedgerWriter& writer, store::LedgerReader& reader, Log& log)
      : store_(store), writer_(writer), reader_(reader), log_(log) {}
  ~LedgerFeeder() { stop(); }
  LedgerFeeder(const LedgerFeeder&) = delete;
  LedgerFeeder& operator=(const LedgerFeeder&) = delete;

  /// reconcile indexes what the ledger holds beyond the audit index, and takes those entries out of the outbox.
  /// Errc::corrupt where the audit index knows more entries than the ledger has.
  Result<> reconcile();
  void start();
  /// stop feeds what is there once more, then ends the thread; waiting callbacks get Errc::cancelled.
  void stop();
  void notify();
  /// when_durable calls back once the outbox row of this position, and all before it, are in the ledger. The callback
  /// runs on the feeder's thread, or at once on the caller's; it must be quick.
  void when_durable(std::int64_t position, Done done);
  [[nodiscard]] std::int64_t durable_through() const;
  /// trouble is why entries wait now; nothing while they move.
  [[nodiscard]] std::optional<Error> trouble() const;

 private:
  void run();
  /// feed moves one batch; the number of entries moved.
  Result<std::size_t> feed();
  /// feed_urgent moves what a full ledger still takes, ahead of the entries before it.
  Result<> feed_urgent();
  Result<std::uint64_t> append(const std::vector<store::OutboxEntry>& entries, store::Urgency urgency);
  Result<> settle(const std::vector<store::OutboxEntry>& entries, std::uint64_t first_index, bool ahead);
  void advance(std::int64_t position);

  store::Store& store_;
  store::LedgerWriter& writer_;
  store::LedgerReader& reader_;
  Log& log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<std::int64_t, Done> waiting_;
  std::int64_t durable_ = 0;
  bool notified_ = true, stopping_ = false;
  std::optional<Error> trouble_;
  bool unsettled_ = false;  // entries may be in the ledger and not in the index; the feeder's thread only, as the next
  std::int64_t scanned_ = 0;  // outbox rows up to here were looked at for urgent ones since the ledger was full
  std::int64_t ahead_ = 0;    // position of the newest row that went ahead
  std::thread thread_;
};

}  // namespace kw::server
