#include "realname/jwk.h"

#include <boost/json.hpp>

#include "base/base64url.h"
#include "crypto/der.h"

namespace kw::realname {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostId = 128;

std::string word(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<Bytes> number_of(const json::object& from, std::string_view name) {
  auto out = from_base64url(word(from, name));
  if (!out || out->empty()) return fail(Errc::bad_key, "member " + std::string(name));
  return out;
}

Result<std::pair<Bytes, Bytes>> point_of(const json::object& from) {
  KW_TRY(auto x, number_of(from, "x"));
  KW_TRY(auto y, number_of(from, "y"));
  if (x.size() != 32 || y.size() != 32) return fail(Errc::bad_key, "coordinates have 32 octets");
  return std::pair(std::move(x), std::move(y));
}

/// key_of: nothing for a kind that is not taken.
Result<std::optional<PublicKey>> key_of(const json::object& from) {
  const auto type = word(from, "kty"), curve = word(from, "crv");
  if (type == "EC" && curve == "P-256") {
    KW_TRY(auto point, point_of(from));
    return std::optional<PublicKey>(crypto::P256Point{std::move(point.first), std::move(point.second)});
  }
  if (type == "EC" && curve == "SM2") {
    KW_TRY(const auto point, point_of(from));
    Bytes whole{0x04};
    append(whole, point.first);
    append(whole, point.second);
    KW_TRY(auto key, crypto::Sm2PublicKey::from_point(whole));
    return std::optional<PublicKey>(std::move(key));
  }
  if (type == "OKP" && curve == "Ed25519") {
    KW_TRY(auto x, number_of(from, "x"));
    if (x.size() != 32) return fail(Errc::bad_key, "an Ed25519 key has 32 octets");
    return std::optional<PublicKey>(EdwardsKey{std::move(x)});
  }
  if (type == "RSA") {
    KW_TRY(auto modulus, number_of(from, "n"));
    KW_TRY(auto exponent, number_of(from, "e"));
    return std::optional<PublicKey>(crypto::RsaPublicKey{std::move(modulus), std::move(exponent)});
  }
  return std::optional<PublicKey>();
}

/// halves_of splits r and s, big-endian, of 32 octets each (RFC 7518 section 3.4).
Result<std::pair<ByteView, ByteView>> halves_of(ByteView signature) {
  if (signature.size() != 64) return fail(Errc::bad_signature);
  return std::pair(signature.first(32), signature.subspan(32));
}

struct Verify {
  ByteView message, signature;
  Result<> operator()(const crypto::P256Point& key) const {
    KW_TRY(const auto halves, halves_of(signature));
    return crypto::verify_p256(key, message, halves.first, halves.second);
  }
  Result<> operator()(const crypto::Sm2PublicKey& key) const {
    KW_TRY(const auto halves, halves_of(signature));
    return key.verify(message, crypto::der(crypto::tag::kSequence,
                                           {crypto::der_unsigned(halves.first), crypto::der_unsigned(halves.second)}));
  }
  Result<> operator()(const crypto::RsaPublicKey& key) const {
    return crypto::verify_rsa_sha256(key, message, signature);
  }
  Result<> operator()(const EdwardsKey& key) const { return crypto::verify_ed25519(key.octets, message, signature); }
};

}  // namespace

std::string_view Jwk::algorithm() const {
  struct Word {
    std::string_view operator()(const crypto::P256Point&) const { return "ES256"; }
    std::string_view operator()(const crypto::Sm2PublicKey&) const { return "SM2"; }
    std::string_view operator()(const crypto::RsaPublicKey&) const { return "RS256"; }
    std::string_view operator()(const EdwardsKey&) const { return "EdDSA"; }
  };
  return std::visit(Word{}, key);
}

Result<KeySet> KeySet::parse(std::string_view text) {
  if (text.size() > kMostOctets) return fail(Errc::too_large, "key set");
  json::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  const auto value = json::parse(text, error, {}, options);
  const auto* keys = !error && value.is_object() ? value.get_object().if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return fail(Errc::malformed, "key set: keys");
  if (keys->get_array().size() > kMost) return fail(Errc::too_large, "key set: keys");
  KeySet out;
  for (const auto& one : keys->get_array()) {
    if (!one.is_object()) return fail(Errc::malformed, "key set: key");
    const auto& members = one.get_object();
    if (const auto use = word(members, "use"); !use.empty() && use != "sig") continue;
    KW_TRY(auto key, key_of(members));
    if (!key) continue;
    Jwk made{word(members, "kid"), std::move(*key)};
    if (made.id.size() > kMostId) return fail(Errc::too_large, "key set: kid");
    const auto algorithm = word(members, "alg");
    if (!algorithm.empty() && algorithm != made.algorithm()) continue;  // for something else
    out.keys_.push_back(std::move(made));
  }
  if (out.keys_.empty()) return fail(Errc::not_found, "key set: no key of a kind that is taken");
  return out;
}

const Jwk* KeySet::find(std::string_view id, std::string_view algorithm) const {
  const Jwk* out = nullptr;
  for (const auto& one : keys_) {
    if (one.algorithm() != algorithm || (!id.empty() && one.id != id)) continue;
    if (out != nullptr) return nullptr;  // two of them: which one is not ours to guess
    out = &one;
  }
  return out;
}

Result<> verify_with(const Jwk& key, ByteView message, ByteView signature) {
  return std::visit(Verify{message, signature}, key.key);
}

}  // namespace kw::realname
