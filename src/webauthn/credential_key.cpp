#include "webauthn/credential_key.h"

#include <map>

#include "crypto/der.h"

namespace kw::webauthn {
namespace {

// Labels of a COSE_Key (RFC 9052 section 7.1, RFC 9053 section 7, RFC 8230 section 4).
constexpr std::int64_t kType = 1, kAlgorithm = 3, kCurve = -1, kX = -2, kY = -3, kModulus = -1, kExponent = -2;
constexpr std::int64_t kOkp = 1, kEc2 = 2, kRsa = 3;
constexpr std::int64_t kCurveP256 = 1, kCurveEd25519 = 6;
constexpr std::int64_t kEs256 = -7, kEdDsa = -8, kRs256 = -257;
constexpr std::size_t kMostLabels = 8;

/// What a COSE_Key holds, by label: numbers and octets apart.
struct CoseKey {
  std::map<std::int64_t, std::int64_t> numbers;
  std::map<std::int64_t, Bytes> octets;
  [[nodiscard]] bool is(std::int64_t label, std::int64_t value) const {
    const auto found = numbers.find(label);
    return found != numbers.end() && found->second == value;
  }
  [[nodiscard]] Result<Bytes> field(std::int64_t label) const {
    const auto found = octets.find(label);
    if (found == octets.end()) return fail(Errc::malformed, "COSE key lacks a field");
    return found->second;
  }
};

Result<CoseKey> take_cose(CborReader& in) {
  CoseKey out;
  KW_TRY(const auto pairs, in.map());
  if (pairs > kMostLabels) return fail(Errc::too_large, "COSE key");
  for (std::size_t i = 0; i < pairs; ++i) {
    KW_TRY(const auto label, in.integer());
    if (out.numbers.contains(label) || out.octets.contains(label)) return fail(Errc::malformed, "COSE label twice");
    // Of a label's value the type is told by the item itself; a copy of the reader looks ahead.
    auto ahead = in;
    if (auto number = ahead.integer()) {
      out.numbers.emplace(label, *number);
      in = ahead;
      continue;
    }
    KW_TRY(const auto octets, in.octets());
    out.octets.emplace(label, copy(octets));
  }
  return out;
}

Result<> verify_es256(const crypto::P256Point& key, ByteView message, ByteView signature) {
  const auto numbers = [&]() -> Result<std::pair<ByteView, ByteView>> {
    crypto::DerReader outer(signature);
    KW_TRY(auto in, outer.enter(crypto::tag::kSequence));
    KW_CHECK(outer.finish());
    KW_TRY(const auto r, in.unsigned_integer());
    KW_TRY(const auto s, in.unsigned_integer());
    KW_CHECK(in.finish());
    return std::pair(r, s);
  }();
  if (!numbers) return fail(Errc::bad_signature);
  return crypto::verify_p256(key, message, numbers->first, numbers->second);
}

}  // namespace

Result<CredentialKey> take_credential_key(CborReader& in) {
  KW_TRY(const auto cose, take_cose(in));
  if (cose.is(kType, kEc2) && cose.is(kAlgorithm, kEs256) && cose.is(kCurve, kCurveP256)) {
    KW_TRY(auto x, cose.field(kX));
    KW_TRY(auto y, cose.field(kY));
    if (x.size() != 32 || y.size() != 32) return fail(Errc::bad_key, "P-256 coordinates have 32 octets");
    return CredentialKey(crypto::P256Point{std::move(x), std::move(y)});
  }
  if (cose.is(kType, kRsa) && cose.is(kAlgorithm, kRs256)) {
    KW_TRY(auto modulus, cose.field(kModulus));
    KW_TRY(auto exponent, cose.field(kExponent));
    return CredentialKey(crypto::RsaPublicKey{std::move(modulus), std::move(exponent)});
  }
  if (cose.is(kType, kOkp) && cose.is(kAlgorithm, kEdDsa) && cose.is(kCurve, kCurveEd25519)) {
    KW_TRY(auto x, cose.field(kX));
    if (x.size() != 32) return fail(Errc::bad_key, "an Ed25519 key has 32 octets");
    return CredentialKey(Ed25519Key{std::move(x)});
  }
  return fail(Errc::unsupported, "algorithm of the key");
}

Result<CredentialKey> parse_credential_key(ByteView cose) {
  if (cose.size() > kMostCoseKey) return fail(Errc::too_large, "COSE key");
  CborReader in(cose);
  KW_TRY(auto out, take_credential_key(in));
  KW_CHECK(in.finish());
  return out;
}

Result<> verify(const CredentialKey& key, ByteView message, ByteView signature) {
  struct Verify {
    ByteView message, signature;
    Result<> operator()(const crypto::P256Point& k) const { return verify_es256(k, message, signature); }
    Result<> operator()(const crypto::RsaPublicKey& k) const {
      return crypto::verify_rsa_sha256(k, message, signature);
    }
    Result<> operator()(const Ed25519Key& k) const { return crypto::verify_ed25519(k.octets, message, signature); }
  };
  return std::visit(Verify{message, signature}, key);
}

}  // namespace kw::webauthn
