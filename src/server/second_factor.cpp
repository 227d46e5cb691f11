#include "server/second_factor.h"

#include "crypto/password.h"
#include "crypto/sm3.h"

namespace kw::server {

Result<> RegisteredFactor::remember(store::Repositories& r, store::User&, const FactorVerdict& verdict,
                                    Timestamp now) const {
  return r.factors().used(verdict.factor, verdict.mark, now);
}

std::optional<std::uint64_t> TotpFactor::step(ByteView secret, std::string_view code, std::uint64_t last,
                                              Timestamp now) {
  const auto current = crypto::totp_step(now);
  for (const auto step : {current, current - 1, current + 1}) {
    const auto wanted = crypto::totp(secret, step);
    if (step > last && crypto::equal_secret(bytes_of(wanted), bytes_of(code))) return step;
  }
  return std::nullopt;
}

Result<FactorVerdict> TotpFactor::judge(store::Repositories&, const store::User& user, const Presented& shown,
                                        Timestamp now) const {
  KW_TRY(const auto secret, sealer_.open(place(user.id), user.totp_sealed));
  const auto good = step(secret.reveal(), shown.answer.code, user.totp_step, now);
  if (!good) return FactorVerdict{.reason = "code"};
  return FactorVerdict{.mark = *good};
}

Result<> TotpFactor::remember(store::Repositories&, store::User& user, const FactorVerdict& verdict, Timestamp) const {
  user.totp_step = verdict.mark;
  return {};
}

}  // namespace kw::server
