#pragma once
// OwnKey is the key an administrator signs with: a key file under a passphrase (--key), or a UKey under a PIN (--skf).
//
//   KW_TRY(auto key, OwnKey::named(options));   // before anything is asked; the UKey has to be there
//   KW_CHECK(key.unlock(terminal, input));      // asks for the passphrase or the PIN
//   KW_TRY(const auto signature, key.sign(message));
//
// The private half never leaves the program or the UKey. Signatures are the DER of r and s, with SM3 and the default
// ID.
#include <optional>
#include <variant>

#include "cli/key_file.h"
#include "cli/ukey.h"

namespace kw::cli {

class OwnKey {
 public:
  /// named: Errc::invalid unless just one of --key and --skf is there; else as open_ukey.
  static Result<OwnKey> named(const Options& options);
  /// unlock: as open_key_file and show_pin.
  Result<> unlock(Terminal& terminal, SecretInput& input);
  /// public_key and sign want the key unlocked.
  [[nodiscard]] crypto::Sm2PublicKey public_key() const;
  Result<Bytes> sign(ByteView message);

 private:
  struct File {
    std::string path;
    std::optional<crypto::Sm2PrivateKey> key;
  };
  using Ukey = std::unique_ptr<pki::Token>;
  explicit OwnKey(std::variant<File, Ukey> key) : key_(std::move(key)) {}
  std::variant<File, Ukey> key_;
};

}  // namespace kw::cli
