#pragma once
// RecordedModule is a cryptographic module in memory for tests: two SM2 keys and a password. Never shipped.
#include "crypto/sm2.h"
#include "pki/crypto_module.h"

namespace kw::platform {

class RecordedModule final : public pki::CryptoModule {
 public:
  explicit RecordedModule(std::string password = "12345678") : password_(std::move(password)), shown_(password_) {}

  bool gone = false;  // pulled out
  void show(std::string password) { shown_ = std::move(password); }

  [[nodiscard]] std::string name() const override { return "recorded module key 1"; }
  Result<Bytes> seal(const SecretBytes& secret, std::string_view context) override;
  Result<SecretBytes> open(ByteView sealed, std::string_view context) override;

 private:
  [[nodiscard]] Result<> ready() const;
  [[nodiscard]] Bytes key_name() const;
  crypto::Sm2PrivateKey signing_ = crypto::Sm2PrivateKey::generate().value();
  crypto::Sm2PrivateKey encryption_ = crypto::Sm2PrivateKey::generate().value();
  std::string password_, shown_;
};

}  // namespace kw::platform
