#include "webauthn/ceremony.h"

#include <algorithm>
#include <array>

namespace kw::webauthn {
namespace {

constexpr std::array<std::string_view, 10> kNames{"malformed", "type",         "challenge", "origin",    "rp_id",
                                                  "presence",  "verification", "algorithm", "signature", "counter"};

tl::unexpected<Refusal> refused(Refusal refusal) { return tl::unexpected(refusal); }

Judged<AuthenticatorData> judge_both(const RelyingParty& party, ByteView challenge, std::string_view type,
                                     ByteView client_data, const Result<AuthenticatorData>& data) {
  const auto client = parse_client_data(client_data);
  if (!client) return refused(Refusal::malformed);
  if (!data && data.code() != Errc::unsupported && data.code() != Errc::bad_key) return refused(Refusal::malformed);
  if (client->type != type) return refused(Refusal::type);
  if (!equal(client->challenge, challenge)) return refused(Refusal::challenge);
  if (client->cross_origin || std::ranges::find(party.origins, client->origin) == party.origins.end())
    return refused(Refusal::origin);
  if (!data) return refused(Refusal::algorithm);
  if (!equal(data->rp_id_hash, crypto::sha256(bytes_of(party.id)))) return refused(Refusal::rp_id);
  if (!data->user_present) return refused(Refusal::presence);
  if (party.verify_user && !data->user_verified) return refused(Refusal::verification);
  return *data;
}

}  // namespace

std::string_view name(Refusal refusal) noexcept { return kNames.at(static_cast<std::size_t>(refusal)); }

Judged<NewPasskey> judge_registration(const RelyingParty& party, ByteView challenge, ByteView client_data,
                                      ByteView attestation_object) {
  auto data =
      judge_both(party, challenge, "webauthn.create", client_data, parse_attestation_object(attestation_object));
  if (!data) return refused(data.error());
  if (!data->credential) return refused(Refusal::malformed);
  return NewPasskey{std::move(data->credential->id), std::move(data->credential->cose_key), data->counter};
}

Judged<std::uint32_t> judge_assertion(const RelyingParty& party, ByteView challenge, const Assertion& assertion) {
  const auto data = judge_both(party, challenge, "webauthn.get", assertion.client_data,
                               parse_authenticator_data(assertion.authenticator_data));
  if (!data) return refused(data.error());
  const auto key = parse_credential_key(assertion.cose_key);
  if (!key) return refused(Refusal::algorithm);
  auto message = copy(assertion.authenticator_data);
  append(message, crypto::sha256(assertion.client_data));
  if (!verify(*key, message, assertion.signature)) return refused(Refusal::signature);
  const bool counts = data->counter != 0 || assertion.counter != 0;
  if (counts && data->counter <= assertion.counter) return refused(Refusal::counter);
  return data->counter;
}

}  // namespace kw::webauthn
