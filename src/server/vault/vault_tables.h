#pragma once
// VaultTables has a table for each matter of the catalogue: its form, and the commitment to all of its rows.
//
//   table->write(changes, [&](Change& change, RowsWriter& rows) -> Result<> {
//     KW_CHECK(change.repositories().vault().insert(row, terms));
//     rows.insert(CaseForm::leaf(row));
//     return change.record({... {"root", rows.root()} ...});
//   });
//
// The commitment is kept here and in the store, and its root stands in the record of every write, so in the ledger:
// rows that somebody takes away, brings back or changes beside the program show (VaultWatch). Thread-safe. Why: ADR
// 102, 111.
#include <memory>
#include <mutex>

#include "matters/matter_book.h"
#include "server/change.h"
#include "server/vault/case_form.h"

namespace kw::server {

/// What one write does to the commitment.
class RowsWriter {
 public:
  RowsWriter(const vault::RowSet& set, std::string matter) : set_(set), matter_(std::move(matter)) {}
  void insert(const store::VaultCase& row);
  Result<> remove(const store::VaultCase& row);
  /// root is the table's after what was done so far, in hex.
  [[nodiscard]] std::string root() const { return to_hex(set_.root()); }

 private:
  friend class VaultTable;
  Result<> put(Change& change) const;
  vault::RowSet set_;
  std::string matter_;
  std::set<unsigned> touched_;
};

class VaultTable {
 public:
  VaultTable(CaseForm form, vault::RowSet set) : form_(std::move(form)), set_(std::move(set)) {}
  [[nodiscard]] const CaseForm& form() const noexcept { return form_; }
  [[nodiscard]] const std::string& matter() const noexcept { return form_.matter().code; }

  template <class F>
  Result<> write(Changes& changes, F&& work) {
    const std::lock_guard lock(mutex_);
    RowsWriter rows(set_, matter());
    KW_CHECK(changes.run([&](Change& change) -> Result<> {
      KW_CHECK(work(change, rows));
      return rows.put(change);
    }));
    set_ = std::move(rows.set_);
    return {};
  }
  [[nodiscard]] vault::RowSet rows() const {
    const std::lock_guard lock(mutex_);
    return set_;
  }
  /// compare reads the store as it is at one moment, with the commitment of that moment: `work` gets it, the store's
  /// own parts, and repositories in which to read on. Writers wait only until the parts are read.
  template <class F>
  Result<> compare(store::Store& store, F&& work) {
    std::unique_lock lock(mutex_);
    const auto mine = set_;
    return store.read([&](store::Repositories& r) -> Result<> {
      KW_TRY(const auto parts, r.vault().parts(matter()));
      lock.unlock();
      return work(r, mine, parts);
    });
  }

 private:
  CaseForm form_;
  mutable std::mutex mutex_;
  vault::RowSet set_;
};

class VaultTables {
 public:
  static constexpr unsigned kPartBits = 4;
  /// adopt keeps the dictionaries of a catalogue: what was compressed with one needs it for ever. Before load.
  static Result<> adopt(Changes& changes, const matters::MatterBook& book);
  /// load reads each matter's commitment. `catalogue` outlives the tables.
  static Result<std::unique_ptr<VaultTables>> load(const std::string& tenant, const vault::Catalogue& catalogue,
                                                   store::Store& store);
  /// find is null for a matter without stored fields, or none at all.
  [[nodiscard]] VaultTable* find(std::string_view matter) const;
  [[nodiscard]] const std::vector<std::unique_ptr<VaultTable>>& all() const noexcept { return tables_; }

 private:
  std::vector<std::unique_ptr<VaultTable>> tables_;
};

}  // namespace kw::server
