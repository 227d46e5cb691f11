#pragma once
// judge_registration and judge_assertion are the two ceremonies of WebAuthn as the relying party sees them (Level 2,
// sections 7.1 and 7.2): a new passkey, and a passkey that is shown.
//
// PURE. Whether the challenge was given, when and to whom is the caller's to know; here it is compared. One refusal is
// returned, the first that applies in the order of the enum.
#include <string>
#include <vector>

#include "webauthn/authenticator_data.h"
#include "webauthn/client_data.h"

namespace kw::webauthn {

/// RelyingParty is this platform as browsers know it, from the configuration.
struct RelyingParty {
  std::string id;                    // a domain, "console.example.gov.cn"
  std::vector<std::string> origins;  // "https://console.example.gov.cn"
  bool verify_user = true;           // the authenticator has to know its person (PIN, finger), not only be touched
};

enum class Refusal {
  malformed,     // not of the form, or too large
  type,          // of the other ceremony
  challenge,     // not the one that was given
  origin,        // made for another site, or from within its frame
  rp_id,         // signed for another relying party
  presence,      // nobody touched the authenticator
  verification,  // the authenticator did not ask who it is
  algorithm,     // a key that is not taken
  signature,     // does not verify
  counter,       // went back: there may be two of this authenticator
};
[[nodiscard]] std::string_view name(Refusal refusal) noexcept;

template <class T>
using Judged = tl::expected<T, Refusal>;

struct NewPasskey {
  Bytes id, cose_key;
  std::uint32_t counter = 0;
};
[[nodiscard]] Judged<NewPasskey> judge_registration(const RelyingParty& party, ByteView challenge, ByteView client_data,
                                                    ByteView attestation_object);

/// What is known of a passkey, and what it answers.
struct Assertion {
  ByteView cose_key;
  std::uint32_t counter = 0;  // the last one seen
  ByteView client_data, authenticator_data, signature;
};
/// judge_assertion gives the counter to remember. It rises with each use, or stays 0 for ever (passkeys that are
/// synced).
[[nodiscard]] Judged<std::uint32_t> judge_assertion(const RelyingParty& party, ByteView challenge,
                                                    const Assertion& assertion);

}  // namespace kw::webauthn
