#pragma once
// SecondFactors is the list of second factors that this platform takes, with the challenges that some of them answer.
//
// Codes are always among them; passkeys and UKeys where configure() was told of them. Thread-safe after configure().
#include "server/challenges.h"
#include "server/passkey_factor.h"
#include "server/ukey_factor.h"

namespace kw::server {

class SecondFactors {
 public:
  SecondFactors(Changes& changes, const Sealer& sealer);
  /// configure: before the first use.
  void configure(std::optional<webauthn::RelyingParty> passkeys, std::unique_ptr<UkeyFactor> ukeys);
  /// find gives the factor of a name; null for one that is not taken here.
  [[nodiscard]] const SecondFactor* find(std::string_view name) const noexcept;
  [[nodiscard]] const PasskeyFactor* passkeys() const noexcept { return passkeys_.get(); }
  [[nodiscard]] const UkeyFactor* ukeys() const noexcept { return ukeys_.get(); }
  [[nodiscard]] const RegisteredFactor* find_registered(std::string_view name) const noexcept;
  /// names are those that are taken here, codes first.
  [[nodiscard]] std::vector<std::string> names() const;

  /// give makes a challenge for a purpose and whoever may answer it (an account, or a session's hash in hex).
  /// Errc::invalid for a factor that is not taken here, or answers no challenge.
  Result<GivenChallenge> give(std::string_view factor, std::string_view purpose, std::string_view whose);
  Result<Bytes> take(std::string_view attempt, std::string_view factor, std::string_view purpose,
                     std::string_view whose);

 private:
  Challenges challenges_;
  TotpFactor totp_;
  std::unique_ptr<PasskeyFactor> passkeys_;
  std::unique_ptr<UkeyFactor> ukeys_;
};

}  // namespace kw::server
