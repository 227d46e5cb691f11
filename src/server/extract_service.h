#pragma once
// ExtractService writes what the audit administrator takes out of the audit into a file: for a purpose, for a time, under a
// number that stands in every line; taking it, fetching it and its end are recorded.
//
// The file is complete or not there. Values are written so that no spreadsheet takes them for formulas. Thread-safe.
// Source: clause 9.1; architecture, audit.
#include <filesystem>

#include "server/audit_service.h"

namespace kw::server {

class ExtractService {
 public:
  static constexpr std::uint64_t kMostEntries = 100'000, kMostOctets = 256U << 20;
  struct Wish {
    store::AuditQuery query;  // its limit does not count
    std::string words;        // the query, for the record
    std::string purpose, form;  // form: "csv", "jsonl"
    Duration valid{};
  };
  ExtractService(Changes& changes, LedgerKeeper& keeper, AuditService& audit, std::filesystem::path data_dir)
      : changes_(changes), keeper_(keeper), audit_(audit), directory_(std::move(data_dir) / "extracts") {}

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
  Changes& changes_;
  LedgerKeeper& keeper_;
  AuditService& audit_;
  std::filesystem::path directory_;
};

/// extract_head and extract_line are the file's text: PURE.
[[nodiscard]] std::string extract_head(const store::Extract& extract, const ledger::Checkpoint& head);
[[nodiscard]] std::string extract_line(const store::Extract& extract, const AuditItem& item);

}  // namespace kw::server
