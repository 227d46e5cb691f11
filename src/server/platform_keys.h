#pragma once
// PlatformKeys holds every private key of the platform, made at the first start and kept sealed in the data directory.
//
//   keys/root.secret   32 random octets, mode 0600: everything else is sealed under it (pki/key_file.h)
//   keys/ca.key ca.pem           the built-in CA; ca.pem is exported for pinning as <data_dir>/ca.pem
//   keys/server-sign.key .pem    the link's dual certificates (renewed 30 days before they end)
//   keys/server-enc.key  .pem
//   keys/command.key             signs policy bundles and orders
//   keys/ledger.key              signs checkpoints; its public key is exported as <data_dir>/ledger.pem
//
// Constant after load(); thread-safe.
#include <filesystem>

#include "kioskward/v1/common.pb.h"
#include "pki/ca.h"
#include "server/sealer.h"

namespace kw::server {

namespace v1 = ::kioskward::v1;

class PlatformKeys {
 public:
  /// load reads the keys, or makes those of a new platform. Errc::not_permitted where the root secret can be read by
  /// others, Errc::decrypt_failed where a key was sealed under another secret, Errc::bad_key, Errc::io.
  static Result<PlatformKeys> load(const std::filesystem::path& data_dir, const std::string& name, Timestamp now,
                                   Random& random);

  [[nodiscard]] const pki::Authority& authority() const { return authority_; }
  [[nodiscard]] const crypto::Sm2PrivateKey& command_key() const { return command_; }
  [[nodiscard]] const crypto::Sm2PrivateKey& ledger_key() const { return ledger_; }
  [[nodiscard]] const crypto::Certificate& signing_certificate() const { return sign_certificate_; }
  [[nodiscard]] const crypto::Sm2PrivateKey& signing_key() const { return sign_key_; }
  [[nodiscard]] const crypto::Certificate& encryption_certificate() const { return enc_certificate_; }
  [[nodiscard]] const crypto::Sm2PrivateKey& encryption_key() const { return enc_key_; }
  /// command_rule is what a kiosk gets at enrolment: today one key, threshold one.
  [[nodiscard]] v1::CommandRule command_rule() const;
  /// row_key is what protected rows of the database are sealed under (store/sqlite/row_seals.h).
  [[nodiscard]] SecretBytes row_key() const;
  /// person_key is what persons are found under (subject_keys.h).
  [[nodiscard]] SecretBytes person_key() const;
  /// sealer for secrets in the database.
  [[nodiscard]] Sealer sealer() const { return Sealer(sealing_.clone()); }

 private:
  PlatformKeys(pki::Authority authority, crypto::Sm2PrivateKey command, crypto::Sm2PrivateKey ledger,
               crypto::Certificate sign_certificate, crypto::Sm2PrivateKey sign_key,
               crypto::Certificate enc_certificate, crypto::Sm2PrivateKey enc_key, SecretBytes sealing)
      : authority_(std::move(authority)),
        command_(std::move(command)),
        ledger_(std::move(ledger)),
        sign_certificate_(std::move(sign_certificate)),
        sign_key_(std::move(sign_key)),
        enc_certificate_(std::move(enc_certificate)),
        enc_key_(std::move(enc_key)),
        sealing_(std::move(sealing)) {}

  pki::Authority authority_;
  crypto::Sm2PrivateKey command_, ledger_;
  crypto::Certificate sign_certificate_;
  crypto::Sm2PrivateKey sign_key_;
  crypto::Certificate enc_certificate_;
  crypto::Sm2PrivateKey enc_key_;
  SecretBytes sealing_;
};

/// spki_pem writes a public key as PEM, as openssl and `kioskward verify` read it.
[[nodiscard]] std::string spki_pem(const crypto::Sm2PublicKey& key);

}  // namespace kw::server
