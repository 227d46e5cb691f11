// links: webauthn
// What a browser and an authenticator say, of any octets: a typed refusal, or values within their bounds; a key that
// was parsed verifies no made-up signature.
#include <cstdlib>

#include "webauthn/ceremony.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace webauthn = kw::webauthn;
  const kw::ByteView in(data, size);
  if (const auto key = webauthn::parse_credential_key(in); key && webauthn::verify(*key, in, in)) std::abort();
  const auto plain = webauthn::parse_authenticator_data(in);
  const auto wrapped = webauthn::parse_attestation_object(in);
  for (const auto* one : {&plain, &wrapped}) {
    if (!*one) continue;
    if ((*one)->rp_id_hash.size() != 32) std::abort();
    const auto& made = (*one)->credential;
    if (made && (made->id.empty() || made->id.size() > webauthn::kMostCredentialId)) std::abort();
    if (made && !webauthn::parse_credential_key(made->cose_key)) std::abort();
  }
  if (const auto client = webauthn::parse_client_data(in); client && client->challenge.size() > size) std::abort();
  const webauthn::RelyingParty party{"example.org", {"https://example.org"}, true};
  if (webauthn::judge_registration(party, kw::Bytes(32), in, in)) std::abort();
  if (webauthn::judge_assertion(party, kw::Bytes(32), {in, 0, in, in, in})) std::abort();
  return 0;
}
