#include "server/second_factor.h"

#include "crypto/password.h"
#include "crypto/sm3.h"

namespace kw::server {

std::optional<std::uint64_t> TotpFactor::step(ByteView secret, std::string_view code, std::uint64_t last,
                                              Timestamp now) {
  const auto current = crypto::totp_step(now);
  for (const auto step : {current, current - 1, current + 1}) {
    const auto wanted = crypto::totp(secret, step);
    if (step > last && crypto::equal_secret(bytes_of(wanted), bytes_of(code))) return step;
  }
  return std::nullopt;
}

Result<bool> TotpFactor::accept(store::User& user, std::string_view answer, Timestamp now) const {
  KW_TRY(const auto secret, sealer_.open(place(user.id), user.totp_sealed));
  const auto good = step(secret.reveal(), answer, user.totp_step, now);
  if (!good) return false;
  user.totp_step = *good;
  return true;
}

}  // namespace kw::server
