#include "pki/signed.h"

#include <algorithm>

#include "schema/signed_octets.h"

namespace kw::pki {
namespace {

std::string as_text(ByteView bytes) { return std::string(text_of(bytes)); }

Result<> put_signature(v1::Signed& object, const crypto::Sm2PublicKey& key, ByteView value) {
  if (object.signatures_size() >= kMostSignatures) return fail(Errc::too_large, "signatures");
  const std::string key_id = as_text(key.key_id());
  for (const auto& there : object.signatures())
    if (there.key_id() == key_id) return fail(Errc::already_exists, "this key has signed");
  auto* signature = object.add_signatures();
  signature->set_key_id(key_id);
  signature->set_value(as_text(value));
  return {};
}

}  // namespace

Bytes octets_to_sign(std::string_view kind, ByteView payload) { return schema::signed_octets(kind, payload); }

Result<> check_form(const v1::Signed& object, std::string_view kind) {
  if (object.version() != 1) return fail(Errc::unsupported, "version of a signed object");
  if (object.kind() != kind) return fail(Errc::malformed, "a signed object of another kind");
  if (object.signatures_size() > kMostSignatures) return fail(Errc::malformed, "too many signatures");
  return {};
}

Result<v1::Signed> sign_object(std::string_view kind, ByteView payload, const crypto::Sm2PrivateKey& key) {
  v1::Signed object;
  object.set_version(1);
  object.set_kind(std::string(kind));
  object.set_payload(as_text(payload));
  KW_CHECK(add_signature(object, key));
  return object;
}

Result<> attach_signature(v1::Signed& object, const crypto::Sm2PublicKey& key, ByteView value) {
  KW_CHECK(key.verify(octets_to_sign(object.kind(), bytes_of(object.payload())), value));
  return put_signature(object, key, value);
}

Result<> add_signature(v1::Signed& object, const crypto::Sm2PrivateKey& key) {
  KW_TRY(const auto value, key.sign(octets_to_sign(object.kind(), bytes_of(object.payload()))));
  return put_signature(object, key.public_key(), value);
}

Result<> verify_object(const v1::Signed& object, std::string_view kind, const std::vector<crypto::Sm2PublicKey>& keys,
                       std::size_t threshold) {
  if (threshold == 0) return fail(Errc::invalid, "a threshold of no signatures");
  KW_CHECK(check_form(object, kind));
  const Bytes message = octets_to_sign(kind, bytes_of(object.payload()));
  std::vector<std::string> signers;
  for (const auto& signature : object.signatures()) {
    const auto key = std::ranges::find_if(
        keys, [&](const crypto::Sm2PublicKey& k) { return equal(k.key_id(), bytes_of(signature.key_id())); });
    if (key == keys.end() || std::ranges::find(signers, signature.key_id()) != signers.end()) continue;
    KW_CHECK(key->verify(message, bytes_of(signature.value())));
    signers.push_back(signature.key_id());
  }
  if (signers.size() < threshold) return fail(Errc::bad_signature, "not enough signers");
  return {};
}

Result<> verify_object(const v1::Signed& object, std::string_view kind, const crypto::Sm2PublicKey& key) {
  return verify_object(object, kind, std::vector{key}, 1);
}

Result<CommandRule> parse_rule(const v1::CommandRule& rule) {
  if (rule.version() != 1) return fail(Errc::unsupported, "version of a command rule");
  if (rule.keys_size() < 1 || rule.keys_size() > 32) return fail(Errc::malformed, "keys of a command rule");
  CommandRule out;
  for (const auto& key : rule.keys()) {
    KW_TRY(auto parsed, crypto::Sm2PublicKey::from_spki(bytes_of(key.spki())));
    if (std::ranges::find(out.keys, parsed) != out.keys.end()) return fail(Errc::malformed, "a key stands twice");
    out.keys.push_back(std::move(parsed));
  }
  out.policy_threshold = rule.policy_threshold();
  out.order_threshold = rule.order_threshold();
  for (const auto threshold : {out.policy_threshold, out.order_threshold})
    if (threshold < 1 || threshold > out.keys.size()) return fail(Errc::malformed, "threshold of a command rule");
  return out;
}

}  // namespace kw::pki
