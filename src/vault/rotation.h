#pragma once
// plan_rotation and reseal_row move a table to new keys a batch at a time, while everybody goes on reading and writing.
//
//   cursor = RotationCursor{}                               // or what was stored with the last batch
//   loop: rows = the table's next rows after cursor.after, in the order of their primary keys
//         plan = plan_rotation(job, cursor, rows, end)      // which rows are still under other keys
//         for each of plan.rows: reseal_row, written where the row's version is still the one that was read
//         store plan.next in the same transaction
//   until plan.next.done()
//
// The new version is active and the old one decrypt-only before the first batch, so new rows never need it; readers
// open both, and search_terms asks for both. A row that somebody wrote in between was sealed under the new keys by him:
// losing that race is no error. A pass that wrote something is followed by another; a pass that found nothing is the
// proof that the old version may be disabled. Stopping anywhere and going on from the stored cursor is the same as not
// stopping. PURE. Why: ADR 101.
#include <span>

#include "vault/blind_index.h"
#include "vault/field.h"
#include "vault/record.h"

namespace kw::vault {

struct RotationColumn {
  std::string name;
  KeyRef key;               // the active version that its cells are to be under
  Form form = Form::field;  // or record: a column of whole records
  /// Where the column is searched; of fields alone.
  struct Index {
    KeyRef key;
    FieldType type = FieldType::text;
    unsigned bits = kIndexBits;
  };
  std::optional<Index> index;
};

struct RotationJob {
  std::string tenant, table;
  std::vector<RotationColumn> columns;  // all sealed columns of the table
  /// All that its records were compressed with; the first is the one to compress with. None: zstd alone.
  std::vector<RecordDictionary> dictionaries;
};

/// A cell as it is stored; NULL is an empty `sealed`.
struct StoredCell {
  ByteView sealed;
  ByteView index;  // empty where the column has none, or the value no normal form
};
struct StoredRow {
  ByteView primary_key;
  std::uint64_t row_version = 0;
  std::vector<StoredCell> cells;  // one for each of the job's columns, in their order
};

/// How far a rotation is. octets and parse_cursor store it: Errc::malformed, unsupported, truncated, trailing_data.
struct RotationCursor {
  Bytes after;  // primary key of the last row that was looked at; empty at the beginning
  std::uint32_t pass = 1;
  std::uint64_t seen = 0, stale = 0;  // rows of this pass
  bool clean = false;                 // the last whole pass found nothing
  [[nodiscard]] bool done() const noexcept { return clean; }
  [[nodiscard]] Bytes octets() const;
  friend bool operator==(const RotationCursor&, const RotationCursor&) = default;
};
Result<RotationCursor> parse_cursor(ByteView octets);

struct RotationPlan {
  std::vector<std::size_t> rows;  // places in `rows` of those to seal anew
  RotationCursor next;
};

/// plan_rotation: Errc::invalid for rows that are not in order after the cursor, or have other cells than the job;
/// wrong_state once the cursor is done. A cell whose header does not read is stale: sealing it anew tells who looks.
/// `end`: there are no rows after these.
Result<RotationPlan> plan_rotation(const RotationJob& job, const RotationCursor& cursor,
                                   std::span<const StoredRow> rows, bool end);

struct ResealedRow {
  std::uint64_t row_version = 0;  // one more than before
  struct Cell {
    Bytes sealed, index;
  };
  std::vector<Cell> cells;
};
/// reseal_row opens every cell and seals it under the job's keys, with its index, for the row's next version. The row's
/// own seal is the caller's, as with any write. Errc::decrypt_failed: the row stays as it is, and the pass is not clean
/// as long as it is there; wrong_state where a key of the job is not the active one.
Result<ResealedRow> reseal_row(const KeyRing& ring, const RotationJob& job, const StoredRow& row, Random& random);

/// plan_rewrap gives the places of those wrapped keys that are not under `under` yet: what a KeyRewrapper moves. Run it
/// again after a stop: what was moved is not in it any more. Errors as of wrapped_under.
struct WrappedRow {
  KeyRef key;
  ByteView wrapped;
};
Result<std::vector<std::size_t>> plan_rewrap(std::span<const WrappedRow> rows, const KeyRef& under);

}  // namespace kw::vault
