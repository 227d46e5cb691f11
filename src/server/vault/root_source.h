#pragma once
// RootSource has what the configuration names for the vault's root key, read and opened: secret, passphrase, module.
//
//   KW_TRY(const auto source, RootSource::open(config, keys.sealer(), opener, log));
//   KW_TRY(auto root, source->root(random).load(in_use));
//
// seal_root is the command at rest: it holds the data directory as a platform does (Errc::conflict while one runs),
// moves the root, and leaves an entry for the ledger, which the next start writes there. Errors: those of VaultRoot and
// of the files. Not thread-safe. Source: ADR 121.
#include <functional>

#include "server/config.h"
#include "server/server.h"
#include "server/vault/vault_root.h"

namespace kw::server {

class RootSource {
 public:
  static Result<std::unique_ptr<RootSource>> open(const ServerConfig& config, Sealer platform,
                                                  const ModuleOpener& opener, Log& log);
  RootSource(const RootSource&) = delete;
  RootSource& operator=(const RootSource&) = delete;
  /// root lives as long as this.
  [[nodiscard]] VaultRoot root(Random& random) const {
    return {file_, {platform_, passphrase_, module_.get(), random}};
  }
  /// by is what a root of this source is sealed by.
  [[nodiscard]] RootSeal by() const noexcept { return root_seal(passphrase_.has_value(), module_ != nullptr); }
  /// module is its name; empty where none is named.
  [[nodiscard]] std::string module() const { return module_ ? module_->name() : std::string(); }

 private:
  RootSource(std::filesystem::path file, Sealer platform) : file_(std::move(file)), platform_(std::move(platform)) {}
  std::filesystem::path file_;
  Sealer platform_;
  std::optional<SecretBytes> passphrase_;
  std::unique_ptr<pki::CryptoModule> module_;
};

/// seal_root gives what the root was sealed by before.
Result<RootSeal> seal_root(const ServerConfig& config, const Server::Ports& ports, RootSeal to);

}  // namespace kw::server
