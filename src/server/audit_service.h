#pragma once
// AuditService lets the audit administrator read and check the ledger; reading is itself recorded. Thread-safe.
#include "server/auth_service.h"
#include "server/ledger_keeper.h"
#include "server/subject_keys.h"

namespace kw::server {

struct AuditItem {
  std::uint64_t index = 0;
  v1::AuditEntry entry;
  std::string device_name;
  bool archived = false;  // the entry has left this machine: only what the index knows is here
};
struct AuditList {
  std::vector<AuditItem> items;   // newest first
  std::uint64_t next_before = 0;  // 0 at the end
  ledger::Checkpoint checkpoint;
};

class AuditService {
 public:
  AuditService(Changes& changes, LedgerKeeper& keeper, const SubjectKeys& subjects)
      : changes_(changes), keeper_(keeper), subjects_(subjects) {}
  /// list reads the index and takes every entry out of the ledger itself, where it is still here. `words` describes the
  /// query for the record. Personal values are masked.
  Result<AuditList> list(const store::AuditQuery& query, const std::string& words, const Actor& who);
  /// find is list without the record: for what records by itself.
  Result<std::vector<AuditItem>> find(const store::AuditQuery& query);
  /// personal gives an entry's personal parameters as they are, SubjectKeys::kForgotten where they are no more; who
  /// read them is recorded. Errc::not_found for an entry without any.
  Result<std::map<std::string, std::string>> personal(std::uint64_t index, const Actor& who);
  Result<EntryProof> proof(std::uint64_t index) { return keeper_.prove(index); }
  /// receipt gives the text of an entry's receipt; that somebody took one is recorded.
  Result<std::string> receipt(std::uint64_t index, const Actor& who);

 private:
  Result<> name_devices(std::vector<AuditItem>& items);
  Changes& changes_;
  LedgerKeeper& keeper_;
  const SubjectKeys& subjects_;
};

}  // namespace kw::server
