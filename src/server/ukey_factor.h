#pragma once
// UkeyFactor takes signatures of SM2 UKeys as second factor: over the line of pki/ukey_message.h, by a key whose
// certificate the person has registered and an authority of the configuration has issued.
//
// Bound to the account by the subject's key. Chain, validity and revocation are looked at each time, with the lists as
// they are then. The certificate is read from `trust`'s files by the caller's port; it may take a few milliseconds.
#include <functional>

#include "pki/verify.h"
#include "server/factor_options.h"
#include "server/second_factor.h"

namespace kw::server {

/// load_ukey_trust reads authorities and revocation lists. not_found, too_large, malformed; invalid without an anchor.
Result<pki::TrustStore> load_ukey_trust(const UkeyOptions& options);

class UkeyFactor final : public RegisteredFactor {
 public:
  using Trust = std::function<Result<pki::TrustStore>()>;
  UkeyFactor(std::string platform, Trust trust) : platform_(std::move(platform)), trust_(std::move(trust)) {}
  [[nodiscard]] store::FactorKind kind() const noexcept override { return store::FactorKind::ukey; }
  [[nodiscard]] std::string message(std::string_view purpose, const std::string& account, ByteView challenge) const;
  Result<FactorVerdict> judge(store::Repositories& r, const store::User& user, const Presented& shown,
                              Timestamp now) const override;
  Result<store::Factor> enrol(const store::User& user, const NewFactor& wanted, ByteView challenge,
                              Timestamp now) const override;

 private:
  Result<std::string_view> check(ByteView certificate, Timestamp now) const;
  std::string platform_;
  Trust trust_;
};

}  // namespace kw::server
