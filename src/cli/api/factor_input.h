#pragma once
// show_factor asks a person for the second factor of a command: a code of the authenticator app, or the PIN of a UKey
// that then answers the platform's challenge.
#include "cli/api/exchange.h"
#include "cli/ukey.h"

namespace kw::cli {

/// ukey_of opens the UKey that --factor ukey asks for, before anything is typed; null for a code. Errc::invalid for
/// another factor, and for --skf without --factor ukey.
Result<std::unique_ptr<pki::Token>> ukey_of(const Options& options);

/// FactorMember is the member of a body that shows it: "code" or "answer", with its JSON.
struct FactorMember {
  std::string name, json;
};
/// show_factor: `purpose` is "login" or "confirm"; `session` names server and account, and carries the cookie for the
/// latter.
tl::expected<FactorMember, Refusal> show_factor(Terminal& terminal, SecretInput& input, pki::Token* ukey,
                                                const Session& session, std::string_view purpose);

/// signed_challenge asks the platform for a challenge of a purpose and signs it: attempt and signature.
struct SignedChallenge {
  std::string attempt;
  Bytes signature;
};
tl::expected<SignedChallenge, Refusal> signed_challenge(Terminal& terminal, SecretInput& input, pki::Token& ukey,
                                                        const Session& session, std::string_view purpose);

}  // namespace kw::cli
