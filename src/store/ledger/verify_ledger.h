#pragma once
// verify_ledger recomputes a whole ledger directory and names the first thing in it that is not as it was signed.
//
// It trusts the checkpoint key and nothing else. Reads only; memory does not grow with the ledger.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/sm2.h"
#include "ledger/checkpoint.h"

namespace kw::store {

enum class LedgerFault {
  none,
  checkpoint_missing,
  checkpoint_altered,  // not readable as a checkpoint
  bad_signature,       // readable, but not signed by the trusted key
  shrank,              // fewer entries than the checkpoint counts
  entry_missing,       // an entry is not there, later ones are
  entry_altered,       // an entry is not the one that was hashed
  tile_altered,        // the entries lead to the signed root, a stored hash does not
  index_altered,       // the entries lead to the signed root, the table of offsets does not lead to them
  rewritten,           // entries and tiles agree with each other and not with the signed root
  archive_altered,     // a segment is gone whose seal is missing, not signed, or does not match the stored leaves
};
[[nodiscard]] std::string_view name(LedgerFault fault) noexcept;

struct VerifyReport {
  LedgerFault fault = LedgerFault::none;
  std::optional<std::uint64_t> index;            // first bad entry, or first entry below the bad hash
  std::string detail;                            // one line for an operator
  std::optional<ledger::Checkpoint> checkpoint;  // where its signature is good
  std::uint64_t entries = 0;                     // complete entries read
  std::uint64_t unsealed_entries = 0;            // after the checkpoint: no signature speaks for them yet
  std::uint64_t torn_octets = 0;  // after the last complete entry: an append in progress, or cut by a crash
  std::uint64_t archived_entries =
      0;  // at the front, sealed and exported: their leaves were checked, they are not here
  [[nodiscard]] bool good() const noexcept { return fault == LedgerFault::none; }
};

/// verify_ledger errs only where it cannot read (Errc::not_found, Errc::not_permitted, Errc::io); everything that it
/// can read is judged in the report.
Result<VerifyReport> verify_ledger(const std::filesystem::path& dir, const crypto::Sm2PublicKey& trusted);

}  // namespace kw::store
