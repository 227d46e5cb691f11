#pragma once
// verify_bundle checks an exported segment of a ledger: signatures, the file's digest, every entry, the root, and that
// the checkpoint continues it. It trusts the ledger's key and nothing else.
//
// Reads only; memory does not grow with the bundle.
#include <filesystem>
#include <optional>

#include "ledger/bundle.h"

namespace kw::store {

struct BundleReport {
  ledger::BundleFault fault = ledger::BundleFault::none;
  std::optional<std::uint64_t> index;            // first bad entry
  std::string detail;                            // one line for an operator
  std::optional<ledger::SegmentSeal> seal;       // where its signature is good
  std::optional<ledger::Checkpoint> checkpoint;  // the newest one that it was proved against
  std::uint64_t entries = 0;                     // that were read and hashed
  [[nodiscard]] bool good() const noexcept { return fault == ledger::BundleFault::none; }
};

/// verify_bundle errs only where it cannot read (Errc::not_found, Errc::not_permitted, Errc::io); everything that it
/// can read is judged in the report. With `ledger` the bundle is also proved against the newest checkpoint of that
/// ledger directory, through its stored hashes: the segment itself need not be there.
Result<BundleReport> verify_bundle(const std::filesystem::path& path, const crypto::Sm2PublicKey& trusted,
                                   const std::optional<std::filesystem::path>& ledger = std::nullopt);

}  // namespace kw::store
