#pragma once
// VaultRoot reads, makes and moves the file of the vault's root key, sealed by what the configuration names.
//
//   root (32) ─ module, or key of the passphrase, or nothing ─> ─ platform's secret ─> RootFile
//
//   const VaultRoot place(file, {sealer, passphrase, module.get(), random});
//   KW_TRY(auto root, place.load(false));           at the start
//   KW_TRY(auto moved, place.move(RootSeal::module));   by `kioskward-server --seal-root module`, at rest
//
// What the file says it is sealed by has to be what the configuration names: the module where one is named, else the
// passphrase where one is named, else the platform's secret alone. Nothing else is tried. Errors: those of RootFile and
// of pki/crypto_module.h; decrypt_failed for another passphrase, another platform or a broken file; wrong_state where
// the file is sealed by something else than the configuration names; corrupt where it is missing beside keys that were
// sealed under it. Not thread-safe. Source: ADR 111, 121.
#include <filesystem>
#include <optional>

#include "pki/crypto_module.h"
#include "server/sealer.h"
#include "server/vault/root_file.h"
#include "vault/wrap.h"

namespace kw::server {

/// root_seal is what a root is sealed by, where there is this.
[[nodiscard]] constexpr RootSeal root_seal(bool passphrase, bool module) noexcept {
  return module ? RootSeal::module : passphrase ? RootSeal::passphrase : RootSeal::platform;
}

/// What there is to seal a root with.
struct RootSealers {
  const Sealer& platform;
  const std::optional<SecretBytes>& passphrase;
  pki::CryptoModule* module = nullptr;  // null: none
  Random& random;
  [[nodiscard]] RootSeal wanted() const noexcept { return root_seal(passphrase.has_value(), module != nullptr); }
};

class VaultRoot {
 public:
  VaultRoot(std::filesystem::path file, RootSealers by) : file_(std::move(file)), by_(by) {}
  /// load reads the root, or makes it where the file is missing; `in_use` says that keys are sealed under it already.
  Result<vault::RootKey> load(bool in_use) const;

  struct Moved {
    RootSeal from, to;
    Bytes before;  // the file as it was
  };
  /// move seals the same root by `to`: written beside, synced, renamed, read back and opened; what is on the disk opens
  /// at every moment. Errc::wrong_state where it is sealed so already, Errc::invalid where the configuration names no
  /// `to`, Errc::not_found without a file.
  Result<Moved> move(RootSeal to) const;
  /// put_back makes a move undone.
  Result<> put_back(const Moved& moved) const;

 private:
  Result<SecretBytes> open(const RootFile& file) const;
  Result<RootFile> seal(const SecretBytes& root, RootSeal by) const;
  Result<> store(const SecretBytes& root, RootSeal by) const;
  Result<> has(RootSeal by) const;
  std::filesystem::path file_;
  RootSealers by_;
};

}  // namespace kw::server
