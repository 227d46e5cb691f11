#pragma once
// LedgerKeeper signs a checkpoint each second in which the ledger grew, each minute otherwise, and answers with proofs.
//
// tick() is called by a timer. Thread-safe.
#include <functional>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "ledger/checkpoint.h"
#include "ledger/receipt.h"
#include "server/change.h"
#include "store/ledger/ledger_reader.h"
#include "store/ledger/ledger_writer.h"

namespace kw::server {

struct SignedHead {
  v1::Signed object;
  ledger::Checkpoint checkpoint;
};

struct EntryProof {
  ledger::Hash leaf{};
  ledger::Proof path;
  SignedHead head;
  bool verified = false;  // recomputed here from leaf and path
  bool archived = false;  // the entry is not on this machine: the leaf is the stored one
};

class LedgerKeeper {
 public:
  using Published = std::function<void(const SignedHead&)>;
  LedgerKeeper(store::LedgerWriter& writer, store::LedgerReader& reader, const Clock& clock, crypto::Sm2PrivateKey key)
      : writer_(writer), reader_(reader), clock_(clock), key_(std::move(key)) {}
  void set_published(Published published) { published_ = std::move(published); }

  /// tick signs a new checkpoint where one is due; `force` makes one in any case (start, stop).
  Result<> tick(bool force = false);
  /// head is the newest checkpoint; Errc::unavailable before the first.
  Result<SignedHead> head() const;
  /// consistency proves that the newest head continues the tree of `from` entries; empty where from is 0 or the size.
  Result<ledger::Proof> consistency(std::uint64_t from, std::uint64_t to) { return reader_.consistency(from, to); }
  /// prove: Errc::not_found for an entry that the newest checkpoint does not cover (yet).
  Result<EntryProof> prove(std::uint64_t index);
  /// entry: Errc::wrong_state for one that was archived and has left this machine.
  Result<v1::AuditEntry> entry(std::uint64_t index);
  /// receipt is an entry with its proof and the newest checkpoint, for whoever trusts the ledger's key alone.
  Result<ledger::Receipt> receipt(std::uint64_t index);
  [[nodiscard]] const crypto::Sm2PrivateKey& key() const noexcept { return key_; }

 private:
  store::LedgerWriter& writer_;
  store::LedgerReader& reader_;
  const Clock& clock_;
  crypto::Sm2PrivateKey key_;
  Published published_;
  mutable std::mutex mutex_;
  std::optional<SignedHead> head_;
};

}  // namespace kw::server
