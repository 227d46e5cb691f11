#pragma once
// ExportSource reads the ledger as records for one profile, with the names of kiosks and sites beside them.
//
// What may not leave is masked in free text and in those names; a record in which nothing is found is as it was
// written. Thread-safe as the reader and the store are.
#include "export/message.h"
#include "server/change.h"
#include "kioskward/v1/common.pb.h"
#include "store/ledger/ledger_reader.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

class ExportSource {
 public:
  /// What lies in [from, end) of the ledger for a profile.
  struct Found {
    std::uint64_t end = 0;
    std::vector<exports::Record> records;
  };
  static constexpr std::uint64_t kMostScanned = 4096;  // entries looked at in one go

  ExportSource(Changes& changes, store::LedgerReader& reader) : changes_(changes), reader_(reader) {}
  Result<std::uint64_t> size() { return reader_.size(); }
  /// find reads from `from` until `most` records are wanted, the ledger ends, or kMostScanned were looked at.
  Result<Found> find(const exports::Profile& profile, const exports::LedgerIdentity& ledger, std::uint64_t from,
                     std::size_t most);
  /// again reads exactly [from, end): what a batch under way holds.
  Result<Found> again(const exports::Profile& profile, const exports::LedgerIdentity& ledger, std::uint64_t from,
                      std::uint64_t end);
  /// one reads one entry, whatever a filter says.
  Result<exports::Record> one(const exports::LedgerIdentity& ledger, std::uint64_t index,
                              exports::PersonalForm personal);
  /// received is when the platform took the entry.
  Result<Timestamp> received(std::uint64_t index);

 private:
  Result<Found> read(const exports::Profile& profile, const exports::LedgerIdentity& ledger, std::uint64_t from,
                     std::uint64_t end, std::size_t most);
  Result<v1::AuditEntry> entry(std::uint64_t index);
  void mask(exports::Record& record) const;
  Changes& changes_;
  store::LedgerReader& reader_;
};

}  // namespace kw::server
