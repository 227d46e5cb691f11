#pragma once
// VaultWatch compares every case with its seal, all cases of a matter with their commitment, and that with the ledger.
//
//   changed   a case whose columns are not those that were sealed
//   rows      cases that somebody took away, added or brought back, beside the program
//   parts     the stored commitment is not the one that this process keeps
//   files     a file without its row, a row without its file, a file that is damaged (VaultFiles)
//   root      the newest root in the ledger is another one: tables were put back together (at the start alone)
//
// Each finding is told once, as the alarm vault.rows.differ. anchor() writes every matter's root into the ledger. A
// look costs about 30 microseconds a case, and keeps no writer waiting. Thread-safe. Source: clause 7.1; ADR 102, 111.
#include "server/audit_service.h"
#include "server/vault/vault_keys.h"
#include "server/vault/vault_tables.h"

namespace kw::server {

struct VaultFinding {
  std::string matter, what;  // matter is empty of files that belong to nobody
  std::string first;         // ID of the first case, where one is known
  std::uint64_t cases = 0;   // how many; of files without a row: files
  friend auto operator<=>(const VaultFinding& a, const VaultFinding& b) = default;
};

class VaultWatch {
 public:
  VaultWatch(Changes& changes, VaultKeys& keys, VaultTables& tables, AuditService& audit, Log& log)
      : changes_(changes), keys_(keys), tables_(tables), audit_(audit), log_(log) {}
  /// look compares all matters and tells what is new, and what others have found. `with_ledger`: before anybody has
  /// written.
  Result<> look(bool with_ledger, std::vector<VaultFinding> others = {});
  /// tell takes one finding between two looks.
  Result<> tell(VaultFinding finding);
  Result<> anchor();
  /// found is what the last look found.
  [[nodiscard]] std::vector<VaultFinding> found() const;
  [[nodiscard]] Timestamp looked() const;

 private:
  Result<> look_at(VaultTable& table, std::vector<VaultFinding>& out);
  Result<> record(const std::vector<VaultFinding>& fresh);
  Result<std::string> last_root(const std::string& matter);
  Changes& changes_;
  VaultKeys& keys_;
  VaultTables& tables_;
  AuditService& audit_;
  Log& log_;
  mutable std::mutex mutex_;
  std::set<VaultFinding> told_;
  std::vector<VaultFinding> found_;
  Timestamp looked_;
};

}  // namespace kw::server
