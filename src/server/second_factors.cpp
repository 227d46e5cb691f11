#include "server/second_factors.h"

namespace kw::server {

SecondFactors::SecondFactors(Changes& changes, const Sealer& sealer) : challenges_(changes, sealer), totp_(sealer) {}

void SecondFactors::configure(std::optional<webauthn::RelyingParty> passkeys, std::unique_ptr<UkeyFactor> ukeys) {
  passkeys_ = passkeys ? std::make_unique<PasskeyFactor>(std::move(*passkeys)) : nullptr;
  ukeys_ = std::move(ukeys);
}

const SecondFactor* SecondFactors::find(std::string_view name) const noexcept {
  if (name == totp_.name()) return &totp_;
  return find_registered(name);
}

const RegisteredFactor* SecondFactors::find_registered(std::string_view name) const noexcept {
  if (passkeys_ && name == passkeys_->name()) return passkeys_.get();
  if (ukeys_ && name == ukeys_->name()) return ukeys_.get();
  return nullptr;
}

std::vector<std::string> SecondFactors::names() const {
  std::vector<std::string> out{std::string(totp_.name())};
  if (passkeys_) out.emplace_back(passkeys_->name());
  if (ukeys_) out.emplace_back(ukeys_->name());
  return out;
}

Result<GivenChallenge> SecondFactors::give(std::string_view factor, std::string_view purpose, std::string_view whose) {
  if (find_registered(factor) == nullptr) return fail(Errc::invalid, "/factor: not taken here");
  return challenges_.give(std::string(purpose) + " " + std::string(factor), whose);
}

Result<Bytes> SecondFactors::take(std::string_view attempt, std::string_view factor, std::string_view purpose,
                                  std::string_view whose) {
  return challenges_.take(attempt, std::string(purpose) + " " + std::string(factor), whose);
}

}  // namespace kw::server
