#include "server/passkey_factor.h"

namespace kw::server {

Result<FactorVerdict> PasskeyFactor::judge(store::Repositories& r, const store::User& user, const Presented& shown,
                                           Timestamp) const {
  const auto& answer = shown.answer;
  auto known = r.factors().by_handle(kind(), answer.handle);
  if (!known && known.code() != Errc::not_found) return known.error();
  if (!known || known->user != user.id) return FactorVerdict{.reason = "passkey_unknown"};
  const auto counter = webauthn::judge_assertion(party_, shown.challenge,
                                                 {known->key, static_cast<std::uint32_t>(known->counter),
                                                  answer.client_data, answer.authenticator_data, answer.signature});
  if (!counter) return FactorVerdict{.reason = webauthn::name(counter.error()), .factor = known->id};
  return FactorVerdict{.factor = known->id, .mark = *counter};
}

Result<store::Factor> PasskeyFactor::enrol(const store::User&, const NewFactor& wanted, ByteView challenge,
                                           Timestamp) const {
  auto made = webauthn::judge_registration(party_, challenge, wanted.client_data, wanted.attestation_object);
  if (!made) return fail(Errc::invalid, std::string(webauthn::name(made.error())));
  store::Factor out;
  out.kind = kind();
  out.handle = std::move(made->id);
  out.key = std::move(made->cose_key);
  out.counter = made->counter;
  return out;
}

}  // namespace kw::server
