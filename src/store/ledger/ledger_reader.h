#pragma once
// LedgerReader reads entries, proofs and the newest checkpoint of a ledger directory, beside its writer or without one.
//
// Any process, any number; all member functions are thread-safe. It takes the stored hashes as they are: only
// verify_ledger recomputes them.
#include <functional>
#include <memory>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "store/ledger/file_ops.h"

namespace kw::store {

class LedgerReader {
 public:
  /// open: Errc::not_found where there is no ledger.
  static Result<std::unique_ptr<LedgerReader>> open(const std::filesystem::path& dir);
  ~LedgerReader();
  LedgerReader(const LedgerReader&) = delete;
  LedgerReader& operator=(const LedgerReader&) = delete;

  /// size is the number of durable entries now, checkpoint or not.
  Result<std::uint64_t> size();
  /// checkpoint reads the newest stored one; its signature is the caller's to check (ledger::open_checkpoint).
  /// Errc::not_found before the first.
  Result<ledger::v1::Signed> checkpoint();
  /// entry: Errc::not_found past the end, Errc::corrupt where the record fails its check, Errc::wrong_state where its
  /// segment was archived and has left this machine (its leaf and its proofs are here). Constant time.
  Result<Bytes> entry(std::uint64_t index);
  /// for_each_from calls `fn` with every entry from `index` to the present end, in order, until it returns an error,
  /// which is passed on. The view lives during the call. Errc::wrong_state as entry() has it.
  Result<> for_each_from(std::uint64_t index, const std::function<Result<>(std::uint64_t index, ByteView entry)>& fn);
  /// leaf, inclusion, consistency and root read the tiles; Errc::not_found where the tree is smaller than asked.
  Result<ledger::Hash> leaf(std::uint64_t index);
  Result<ledger::Proof> inclusion(std::uint64_t index, std::uint64_t size);
  Result<ledger::Proof> consistency(std::uint64_t from, std::uint64_t to);
  Result<ledger::Hash> root(std::uint64_t size);

  class Impl;

 private:
  explicit LedgerReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kw::store
