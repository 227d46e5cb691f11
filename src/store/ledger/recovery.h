#pragma once
// recover brings a ledger directory into the state in which a writer may go on, or refuses to touch it.
//
// It replays the last segment (all of them where the tiles before it are missing or lead elsewhere), drops what a crash
// cut off, and rebuilds tiles and offsets that differ. docs/design/ledger.md has the rules.
#include "ledger/frontier.h"
#include "store/ledger/ledger_writer.h"
#include "store/ledger/layout.h"

namespace kw::store {

struct Recovered {
  ledger::Frontier frontier;       // over all kept entries, which are durable
  std::uint32_t segment = 0;       // the last one
  std::uint64_t segment_end = 0;   // where its next record goes
  LedgerRecovery report;
};

/// recover: errors as LedgerWriter::open. The caller holds the directory's lock.
Result<Recovered> recover(const LedgerLayout& layout, const LedgerOptions& options, FileOps& ops);

/// create_segment puts an empty segment in place, durably.
Result<> create_segment(const LedgerLayout& layout, FileOps& ops, const SegmentHeader& header);

/// read_checkpoint_file reads and parses the stored signed checkpoint; Errc::not_found before the first,
/// Errc::corrupt where the file is not one.
Result<ledger::v1::Signed> read_checkpoint_file(const LedgerLayout& layout);

}  // namespace kw::store
