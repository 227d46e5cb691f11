#pragma once
// LedgerWriter appends entries to a ledger directory: one thread, group commit, one fdatasync a batch.
//
//   KW_TRY(auto writer, store::LedgerWriter::open(dir, {.origin = "platform.example", .key = ledger_public_key}, ops));
//   writer->append(std::move(entry), [](Result<std::uint64_t> index) { ... });   // called when it is durable
//   KW_CHECK(writer->checkpoint_now(clock, ledger_private_key));                 // every second, by a timer
//
// One process at a time holds a directory. Format and crash rules: docs/design/ledger.md. All member functions are
// thread-safe. Callbacks run on the writer's thread, in the order of the indices, and must be quick; they may call
// append. The destructor commits what was accepted.
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/sm2.h"
#include "ledger/checkpoint.h"
#include "store/ledger/ledger_room.h"

namespace kw::store {

/// What a full ledger still takes (ADR 70): nothing, or urgent entries alone. Either way the reserve is given free.
enum class OnFull { stop, critical_only };

/// Whether an entry may use the reserve of a full ledger.
enum class Urgency { ordinary, urgent };

struct LedgerOptions {
  std::string origin;                          // name of the log, 1 to 255 octets
  std::optional<crypto::Sm2PublicKey> key;     // signs checkpoints; open() checks the last one where it is given
  std::uint64_t segment_octets = 64ULL << 20;  // a segment that reaches it is closed; 4 KiB to 1 GiB
  std::size_t max_batch = 1024;                // entries under one fdatasync
  std::size_t max_waiting = 65536;             // entries accepted and not yet written; more is Errc::unavailable
  std::uint64_t reserve_octets = 0;            // of the file system, kept for urgent entries; an eighth of it at most
  OnFull on_full = OnFull::critical_only;
};

/// What open() found and mended.
struct LedgerRecovery {
  std::uint64_t entries = 0;          // complete entries kept
  std::uint64_t dropped_octets = 0;   // of a batch that was never acknowledged
  std::uint64_t rebuilt_hashes = 0;   // of tiles that were missing or differed
  std::uint64_t checkpoint_size = 0;  // 0 where there is no checkpoint yet
};

class LedgerWriter {
 public:
  using Done = std::function<void(Result<std::uint64_t> index)>;

  /// open makes or recovers the ledger in `dir`. Errc::corrupt: stored entries do not lead to the last checkpoint, or
  /// acknowledged ones are missing (nothing was changed then); Errc::conflict: another process holds the directory, or
  /// the ledger has another origin; Errc::bad_signature; Errc::io, Errc::no_space. `ops` must outlive the writer.
  static Result<std::unique_ptr<LedgerWriter>> open(const std::filesystem::path& dir, LedgerOptions options,
                                                    FileOps& ops);
  ~LedgerWriter();
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  /// append hands over one entry (1 to 64 KiB). `done` gets its index when it is durable, or why it is not in the
  /// ledger: Errc::no_space (urgent entries may still be taken), Errc::io (a later append may succeed). What is refused
  /// at once (Errc::invalid, Errc::unavailable where max_waiting entries wait) is told on the calling thread.
  void append(Bytes entry, Done done, Urgency urgency = Urgency::ordinary);
  std::future<Result<std::uint64_t>> append(Bytes entry, Urgency urgency = Urgency::ordinary);
  /// append_all commits entries together, with consecutive indices, or none of them; `done` gets the first index. At
  /// most max_batch entries.
  void append_all(std::vector<Bytes> entries, Done done, Urgency urgency = Urgency::ordinary);

  /// checkpoint_now signs and stores a checkpoint over all durable entries; on any error the old one stays.
  Result<ledger::v1::Signed> checkpoint_now(const Clock& clock, const crypto::Sm2PrivateKey& key);

  [[nodiscard]] std::uint64_t size() const;  // durable entries
  [[nodiscard]] const LedgerRecovery& recovery() const noexcept;
  /// room is how full the ledger's file system is; look() at it once a second.
  [[nodiscard]] LedgerRoom& room() noexcept;

  class Impl;

 private:
  explicit LedgerWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kw::store
