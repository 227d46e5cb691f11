#pragma once
// RecordedToken is a UKey in memory for tests: a key, a PIN that locks after six wrong ones. Never shipped.
#include <optional>

#include "pki/token.h"

namespace kw::platform {

class RecordedToken final : public pki::Token {
 public:
  static constexpr unsigned kTries = 6;
  RecordedToken(crypto::Sm2PrivateKey key, std::string pin)
      : key_(std::move(key)), public_key_(key_.public_key()), pin_(std::move(pin)) {}

  std::optional<Bytes> certificate_der;
  bool gone = false;         // taken out
  bool signs_other = false;  // answers with a signature over something else

  [[nodiscard]] const crypto::Sm2PublicKey& public_key() const override { return public_key_; }
  Result<Bytes> certificate() override;
  Result<unsigned> tries_left() override;
  Result<> show_pin(const SecretBytes& pin) override;
  Result<Bytes> sign_digest(ByteView digest32) override;

 private:
  [[nodiscard]] Result<> ready() const;
  crypto::Sm2PrivateKey key_;
  crypto::Sm2PublicKey public_key_;
  std::string pin_;
  unsigned tries_ = kTries;
  bool shown_ = false;
};

}  // namespace kw::platform
