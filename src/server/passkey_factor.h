#pragma once
// PasskeyFactor takes passkeys (WebAuthn) as second factor; the ceremonies are judged in src/webauthn.
//
// Browsers are asked for discoverable credentials, so that whoever asks for a challenge learns nothing about an
// account.
#include "server/second_factor.h"
#include "webauthn/ceremony.h"

namespace kw::server {

class PasskeyFactor final : public RegisteredFactor {
 public:
  explicit PasskeyFactor(webauthn::RelyingParty party) : party_(std::move(party)) {}
  [[nodiscard]] const webauthn::RelyingParty& party() const noexcept { return party_; }
  [[nodiscard]] store::FactorKind kind() const noexcept override { return store::FactorKind::passkey; }
  Result<FactorVerdict> judge(store::Repositories& r, const store::User& user, const Presented& shown,
                              Timestamp now) const override;
  Result<store::Factor> enrol(const store::User& user, const NewFactor& wanted, ByteView challenge,
                              Timestamp now) const override;

 private:
  webauthn::RelyingParty party_;
};

}  // namespace kw::server
