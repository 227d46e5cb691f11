#pragma once
// RootFile is the vault's root key as it lies on the disk (keys/vault-root.key): by what it is sealed, and the seal.
//
// Octets: "KWROOT" 0x01 | by (u8: 1 platform, 2 passphrase, 3 module) | salt (16, of a passphrase alone) | sealed
// `sealed` is pki/key_file.h's form under the platform's secret. In it: the root (32), or what a passphrase or a module
// has sealed (vault_root.h). Files of before have neither magic nor `by`: "KWKEY" begins with the platform's seal, or
// with 16 octets of salt and then with it. Bounds: 4 KiB. PURE. Source: ADR 121.
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace kw::server {

enum class RootSeal : std::uint8_t { platform = 1, passphrase = 2, module = 3 };
/// name is the word of the command, of the ledger and of the API.
[[nodiscard]] std::string_view name(RootSeal by) noexcept;
/// parse_root_seal: Errc::invalid for another word.
Result<RootSeal> parse_root_seal(std::string_view word);

inline constexpr std::size_t kRootSalt = 16, kMostRootFile = 4096;

struct RootFile {
  RootSeal by = RootSeal::platform;
  bool old_form = false;  // without magic
  Bytes salt;             // empty unless by passphrase
  Bytes sealed;
  /// octets are those of the present form.
  [[nodiscard]] Bytes octets() const;
};

/// parse_root_file: Errc::malformed for what is no root file, Errc::unsupported for a newer one, Errc::too_large.
Result<RootFile> parse_root_file(ByteView octets);

}  // namespace kw::server
