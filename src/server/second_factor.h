#pragma once
// SecondFactor is what a person shows beside the password; SecondFactors holds them. TotpFactor is the first.
//
// A factor that a person uses is named in the answer ("totp" where none is). Some answer a challenge of the platform
// (server/challenges.h), which is then known to be fresh and not answered before. Thread-safe.
#include <memory>

#include "server/sealer.h"
#include "store/store.h"

namespace kw::server {

/// What a person shows. Of the fields a kind uses its own.
struct FactorAnswer {
  std::string factor = "totp";
  std::string code;                       // totp: six digits
  std::string attempt;                    // the others: what came with the challenge
  Bytes handle;                           // passkey: credential ID
  Bytes client_data, authenticator_data;  // passkey
  Bytes signature;                        // passkey, ukey
  FactorAnswer() = default;
  FactorAnswer(std::string from) : code(std::move(from)) {}  // implicit: a code alone is an answer
  FactorAnswer(const char* from) : code(from) {}
};

/// An answer with what it is for ("login", "confirm", "add") and the challenge that was given.
struct Presented {
  const FactorAnswer& answer;
  std::string_view purpose;
  ByteView challenge;
};

struct FactorVerdict {
  std::string_view reason{};  // why not, a word for the audit; empty: good
  store::FactorId factor{};   // the registered one; nil for a code
  std::uint64_t mark = 0;     // what keeps the same answer from being good again
};

class SecondFactor {
 public:
  virtual ~SecondFactor() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual bool challenges() const noexcept { return true; }
  /// judge only reads. Errors are for what is stored and cannot be read.
  virtual Result<FactorVerdict> judge(store::Repositories& r, const store::User& user, const Presented& shown,
                                      Timestamp now) const = 0;
  /// remember writes what a good verdict says, into `user` or the repositories.
  virtual Result<> remember(store::Repositories& r, store::User& user, const FactorVerdict& verdict,
                            Timestamp now) const = 0;
};

/// A factor to be registered, as it was sent.
struct NewFactor {
  std::string factor, name, attempt;
  Bytes client_data, attestation_object;  // passkey
  Bytes certificate, signature;           // ukey
};

/// RegisteredFactor is one whose keys persons register themselves; they stand in store::Factors.
class RegisteredFactor : public SecondFactor {
 public:
  [[nodiscard]] virtual store::FactorKind kind() const noexcept = 0;
  [[nodiscard]] std::string_view name() const noexcept override { return store::name(kind()); }
  /// enrol gives kind, handle, key and counter. Errc::invalid with a word for why not.
  virtual Result<store::Factor> enrol(const store::User& user, const NewFactor& wanted, ByteView challenge,
                                      Timestamp now) const = 0;
  Result<> remember(store::Repositories& r, store::User& user, const FactorVerdict& verdict,
                    Timestamp now) const override;
};

/// TotpFactor takes the codes of one step before to one after now, each once (RFC 6238).
class TotpFactor final : public SecondFactor {
 public:
  explicit TotpFactor(const Sealer& sealer) : sealer_(sealer) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "totp"; }
  [[nodiscard]] bool challenges() const noexcept override { return false; }
  Result<FactorVerdict> judge(store::Repositories& r, const store::User& user, const Presented& shown,
                              Timestamp now) const override;
  Result<> remember(store::Repositories& r, store::User& user, const FactorVerdict& verdict,
                    Timestamp now) const override;
  /// step is the time step whose code this is, above `last`.
  [[nodiscard]] static std::optional<std::uint64_t> step(ByteView secret, std::string_view code, std::uint64_t last,
                                                         Timestamp now);
  [[nodiscard]] static std::string place(const UserId& user) { return "totp:" + user.text(); }

 private:
  const Sealer& sealer_;
};

}  // namespace kw::server
