#pragma once
// ExtractService writes what the audit administrator takes out of the audit into a file: for a purpose, for a time,
// under a number that stands in every line; taking it, fetching it and its end are recorded.
//
// The file is complete or not there. Entries that left this machine are named in it: numbers, segment, where the bundle
// is kept (ADR 65). Values are written so that no spreadsheet takes them for formulas; what may not leave is masked in
// free text. Thread-safe. Source: clause 9.1; architecture, audit.
#include <filesystem>

#include "server/audit_service.h"
#include "store/ledger/archive_record.h"

namespace kw::server {

class ExtractService {
 public:
  static constexpr std::uint64_t kMostEntries = 100'000, kMostOctets = 256U << 20;
  struct Wish {
    store::AuditQuery query;    // its limit does not count
    std::string words;          // the query, for the record
    std::string purpose, form;  // form: "csv", "jsonl"
    Duration valid{};
  };
  ExtractService(Changes& changes, LedgerKeeper& keeper, AuditService& audit, std::filesystem::path data_dir)
      : changes_(changes), keeper_(keeper), audit_(audit), directory_(std::move(data_dir) / "extracts") {}

  /// set_archive: how segments that left are known; without it none has. Before the first use.
  using Archive = std::function<Result<std::vector<store::ArchiveRecord>>()>;
  void set_archive(Archive archive) { archive_ = std::move(archive); }
  /// make: Errc::too_large where more than kMostEntries match; Errc::not_found where none does; Errc::no_space.
  Result<store::Extract> make(const Wish& wish, const Actor& who);
  Result<std::vector<store::Extract>> list();
  struct Content {
    store::Extract extract;
    std::filesystem::path path;
  };
  /// fetch is recorded. Errc::wrong_state for one whose time is over, Errc::corrupt for a file that is not what it was.
  Result<Content> fetch(const store::ExtractId& id, const Actor& who);
  /// tick removes files whose time is over.
  Result<> tick();
  [[nodiscard]] static std::string watermark(const store::Extract& extract);

 private:
  [[nodiscard]] std::filesystem::path path_of(const store::Extract& extract) const;
  void mask(AuditItem& item) const;
  Changes& changes_;
  LedgerKeeper& keeper_;
  AuditService& audit_;
  std::filesystem::path directory_;
  Archive archive_;
};

/// archived_within gives the records of segments that left and may hold entries that a query asks for. An entry's own
/// time is at most the newest one of its segment and may be long before it, so that only `from` rules a segment out.
[[nodiscard]] std::vector<store::ArchiveRecord> archived_within(std::vector<store::ArchiveRecord> records,
                                                                const store::AuditQuery& query);

/// extract_head and extract_line are the file's text: PURE.
[[nodiscard]] std::string extract_head(const store::Extract& extract, const ledger::Checkpoint& head,
                                       const std::vector<store::ArchiveRecord>& archived);
[[nodiscard]] std::string extract_line(const store::Extract& extract, const AuditItem& item,
                                       const std::vector<store::ArchiveRecord>& archived);

}  // namespace kw::server
