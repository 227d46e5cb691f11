#pragma once
// VaultHouse is the vault as a whole: keys, tables, service, files, watch, rotation, and the thread that keeps them
// going.
//
//   KW_TRY(auto house, VaultHouse::open(parts));    keys opened, every case compared with seals and ledger
//   house->start(); ... house->stop();              a batch of rotation, a sweep each minute, a look and an anchor each
//   hour
//
// Only where the configuration names a catalogue. Thread-safe. Source: ADR 111.
#include <condition_variable>
#include <thread>

#include "server/vault/root_file.h"
#include "server/vault/vault_files.h"
#include "server/vault/vault_rotation.h"
#include "server/vault/vault_service.h"
#include "server/vault/vault_watch.h"

namespace kw::server {

class VaultHouse {
 public:
  struct Parts {
    Changes& changes;
    const matters::MatterBook& book;
    AuditService& audit;
    Log& log;
    std::string tenant;
    std::filesystem::path files;          // the directory of sealed files
    const crypto::Sm2PrivateKey& signer;  // the ledger's key
    RootSeal root_by = RootSeal::platform;
  };
  /// open: Errc::decrypt_failed where a key is not this root's; what somebody did to the rows is told, and no error.
  static Result<std::unique_ptr<VaultHouse>> open(Parts parts, vault::RootKey root);
  ~VaultHouse() { stop(); }
  VaultHouse(const VaultHouse&) = delete;
  VaultHouse& operator=(const VaultHouse&) = delete;

  void start();
  /// stop writes the roots into the ledger, so that the next start can compare.
  void stop();
  /// root_by is what the root key is sealed by.
  [[nodiscard]] RootSeal root_by() const noexcept { return root_by_; }
  [[nodiscard]] VaultService& service() noexcept { return service_; }
  [[nodiscard]] VaultKeys& keys() noexcept { return keys_; }
  [[nodiscard]] VaultTables& tables() noexcept { return *tables_; }
  [[nodiscard]] VaultWatch& watch() noexcept { return watch_; }
  [[nodiscard]] VaultFiles& files() noexcept { return files_; }
  [[nodiscard]] VaultRotation& rotation() noexcept { return rotation_; }
  /// look compares everything, files too, and tells what is new.
  Result<> look(bool with_ledger);
  /// tick does what is due; for tests and for the thread. True where a rotation has more to do.
  bool tick();

 private:
  VaultHouse(const Parts& parts, vault::RootKey root, std::unique_ptr<VaultTables> tables);
  void report(std::string_view what, const Result<>& done);
  void run();

  Changes& changes_;
  Log& log_;
  const RootSeal root_by_;
  VaultKeys keys_;
  std::unique_ptr<VaultTables> tables_;
  VaultAccess access_;
  VaultService service_;
  VaultWatch watch_;
  VaultFiles files_;
  VaultRotation rotation_;
  Timestamp swept_, looked_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kw::server
