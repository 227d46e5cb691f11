#include "server/vault/root_source.h"

#include "server/row_watch.h"
#include "server/secret_file.h"
#include "store/ledger/file_ops.h"
#include "store/ledger/layout.h"

namespace kw::server {
namespace {

/// module_password is the file's line; a line end behind it does not count.
Result<SecretBytes> module_password(const std::filesystem::path& file) {
  KW_TRY(const auto content, read_private(file));
  auto line = content.reveal();
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line = line.first(line.size() - 1);
  if (line.empty() || line.size() > kMostModulePassword)
    return fail(Errc::invalid, file.string() + ": a password of 1 to 64 octets");
  return SecretBytes::copy_of(line);
}

Result<std::unique_ptr<pki::CryptoModule>> open_module(const ModuleConfig& config, const ModuleOpener& opener,
                                                       Log& log) {
  if (!opener) return fail(Errc::unsupported, "this program opens no modules");
  KW_TRY(auto password, module_password(config.password));
  // Before the library has its turn: one that hangs is known by its name.
  log.info("vault.module", {{"library", config.library.string()}, {"key", std::to_string(config.key)}});
  KW_TRY(auto module, opener(config, std::move(password)));
  log.info("vault.module.opened", {{"module", module->name()}});
  return module;
}

}  // namespace

Result<std::unique_ptr<RootSource>> RootSource::open(const ServerConfig& config, Sealer platform,
                                                     const ModuleOpener& opener, Log& log) {
  auto out =
      std::unique_ptr<RootSource>(new RootSource(config.data_dir / "keys" / "vault-root.key", std::move(platform)));
  if (!config.vault_passphrase.empty()) {
    KW_TRY(out->passphrase_, read_private(config.vault_passphrase));
  }
  if (config.vault_module) {
    auto module = open_module(*config.vault_module, opener, log);
    if (!module) return module.error().within("[vault.module]");
    out->module_ = std::move(*module);
  }
  return out;
}

Result<RootSeal> seal_root(const ServerConfig& config, const Server::Ports& ports, RootSeal to) {
  KW_TRY(const auto lock, store::lock_file(store::LedgerLayout{config.data_dir / "ledger"}.lock()));
  KW_TRY(const auto keys, PlatformKeys::load(config.data_dir, config.name, ports.clock.now(), ports.random));
  KW_TRY(const auto source, RootSource::open(config, keys.sealer(), ports.open_module, ports.log));
  KW_TRY(const auto store, store::SqliteStore::open((config.data_dir / "kioskward.db").string()));
  KW_TRY(const auto rows, seal_rows(*store, keys, config.data_dir));
  Changes changes(*store, ports.clock, ports.random);
  KW_CHECK(
      RowWatch(changes, {}, ports.log).tell(rows));  // whoever opens a store tells what he finds, since he seals it
  const auto place = source->root(ports.random);
  std::optional<VaultRoot::Moved> moved;
  const auto done = changes.run([&](Change& change) -> Result<> {
    KW_TRY(moved, place.move(to));  // the last that can fail is the commit
    return change.record({.type = "vault.root.sealed",
                          .params = {{"from", std::string(name(moved->from))},
                                     {"to", std::string(name(moved->to))},
                                     {"module", source->module()}}});
  });
  if (!done) {
    if (moved) KW_CHECK(place.put_back(*moved));  // nothing moves unrecorded
    return done.error();
  }
  ports.log.info("vault.root.sealed", {{"from", std::string(name(moved->from))}, {"to", std::string(name(to))}});
  return moved->from;
}

}  // namespace kw::server
