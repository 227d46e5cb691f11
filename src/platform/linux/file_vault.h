#pragma once
// FileVault is device::Vault in a private directory: one sealed file an item (docs/adr/0035-quarantine.md). A content
// is never in memory as a whole.
//
// The secret is made at first and sealed to the hardware like the agent's other keys. A stored item is read back before
// anything is done to the file it was taken from.
#include <map>

#include "base/random.h"
#include "base/secret.h"
#include "device/malware/ports.h"

namespace kw::platform {

class FileVault final : public device::Vault {
 public:
  /// The vault's secret, 32 octets, of a file in the given directory: made where it is absent.
  using Secret = std::function<Result<SecretBytes>(const std::string& directory)>;
  FileVault(Secret secret, Random& random) : secret_of_(std::move(secret)), random_(random) {}

  Result<> open(const std::string& directory) override;
  void limit(const Limits& limits) override { limits_ = limits; }
  Result<Item> take(const std::string& path, const device::FileIdentity& file, const std::string& name,
                    Timestamp now) override;
  [[nodiscard]] std::vector<Item> items() const override;
  Result<Item> restore(const std::string& id) override;
  Result<> discard(const std::string& id) override;

 private:
  /// store seals what can be read from a descriptor, durably, and tells how long that became.
  Result<std::uint64_t> store(const Item& item, int from);
  struct Held {
    device::v1::QuarantinedFile file;
    std::uint64_t octets = 0;
  };
  [[nodiscard]] std::string path_of(const std::string& id) const { return directory_ + "/" + id + ".kwq"; }
  Secret secret_of_;
  Random& random_;
  std::string directory_;
  SecretBytes secret_;
  Limits limits_;
  std::map<std::string, Held> held_;
};

}  // namespace kw::platform
