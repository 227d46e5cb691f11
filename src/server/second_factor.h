#pragma once
// SecondFactor is what a person shows beside the password; AuthService holds a list of them. TotpFactor is the first.
//
// A factor that a person uses is named in the request ("totp" where none is). A new kind (passkey, UKey) is one more
// class and one more entry of the list. Thread-safe.
#include <memory>

#include "server/sealer.h"
#include "store/accounts.h"

namespace kw::server {

class SecondFactor {
 public:
  virtual ~SecondFactor() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// accept judges an answer, and writes into `user` what keeps the same answer from being good again. False for a
  /// wrong one; errors only for stored secrets that cannot be read.
  virtual Result<bool> accept(store::User& user, std::string_view answer, Timestamp now) const = 0;
};

/// TotpFactor takes the codes of one step before to one after now, each once (RFC 6238).
class TotpFactor final : public SecondFactor {
 public:
  explicit TotpFactor(const Sealer& sealer) : sealer_(sealer) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "totp"; }
  Result<bool> accept(store::User& user, std::string_view answer, Timestamp now) const override;
  /// step is the time step whose code this is, above `last`.
  [[nodiscard]] static std::optional<std::uint64_t> step(ByteView secret, std::string_view code, std::uint64_t last,
                                                         Timestamp now);
  [[nodiscard]] static std::string place(const UserId& user) { return "totp:" + user.text(); }

 private:
  const Sealer& sealer_;
};

}  // namespace kw::server
