#pragma once
// VaultRotation moves the cases of a matter in one district to new keys, a batch at a time, while everybody goes on.
//
//   begin     new versions of every key of the matter there; those before can open only
//   step      the next batch, with its cursor in one transaction: a stop anywhere and a start go on from there
//
// A pass that found nothing to move ends it. What does not open is left, told, and looked at again a minute later.
// Thread-safe; one thread calls step. Source: clause 7.5; ADR 101, 111.
#include "server/vault/vault_keys.h"
#include "server/vault/vault_tables.h"
#include "vault/rotation.h"

namespace kw::server {

class VaultRotation {
 public:
  static constexpr std::size_t kBatch = 200;
  VaultRotation(Changes& changes, VaultKeys& keys, VaultTables& tables, Log& log)
      : changes_(changes), keys_(keys), tables_(tables), log_(log) {}
  /// begin: Errc::not_found for a matter of which nothing is stored, or a district without keys; conflict while one is
  /// under way.
  Result<store::VaultRotation> begin(const std::string& matter, const std::string& district, const Actor& who);
  /// step moves one batch of each rotation: false where there was nothing to do.
  Result<bool> step();
  Result<std::vector<store::VaultRotation>> list();

 private:
  Result<> step_one(VaultTable& table, store::VaultRotation rotation);
  Changes& changes_;
  VaultKeys& keys_;
  VaultTables& tables_;
  Log& log_;
  std::mutex mutex_;
  struct Pass {
    std::uint64_t moved = 0;
    Timestamp waits;  // after a pass that moved nothing of what it found
  };
  std::map<std::pair<std::string, std::string>, Pass> passes_;
};

}  // namespace kw::server
