// Making certificates and certificate requests.
#include <algorithm>

#include "crypto/x509_parts.h"

namespace kw::crypto {
namespace {

Result<> check_template(const CertificateTemplate& what) {
  if (what.serial.empty() || what.serial.size() > 20 ||
      std::ranges::all_of(what.serial, [](Byte b) { return b == 0; })) {
    return fail(Errc::invalid, "a serial number has 1 to 20 octets and is positive");
  }
  if (what.not_after < what.not_before) return fail(Errc::invalid, "validity ends before it begins");
  if (what.path_length && (!what.is_ca || *what.path_length < 0)) return fail(Errc::invalid, "path length");
  if (what.authority_key_id && what.authority_key_id->size() != 20) return fail(Errc::invalid, "authority key ID");
  if (what.subject == Name{} || what.issuer == Name{}) return fail(Errc::invalid, "empty name");
  return {};
}

Bytes key_usage_value(unsigned usage) {
  Byte bits = 0;
  for (unsigned i = 0; i < 7; ++i) {
    if ((usage & 1U << i) != 0) bits = static_cast<Byte>(bits | 0x80U >> i);
  }
  Byte unused = 0;
  while (unused < 7 && (bits & 1U << unused) == 0) ++unused;
  return der(tag::kBitString, {std::array<Byte, 2>{unused, bits}});
}

Bytes basic_constraints_value(const CertificateTemplate& what) {
  static constexpr std::array<Byte, 3> kTrue = {0x01, 0x01, 0xff};
  if (!what.is_ca) return der(tag::kSequence, {});
  if (!what.path_length) return der(tag::kSequence, {kTrue});
  return der(tag::kSequence, {kTrue, der_unsigned(static_cast<std::uint64_t>(*what.path_length))});
}

Bytes extensions_of(const CertificateTemplate& what, const Sm2PublicKey& subject_key, const Sm2PublicKey& issuer_key) {
  Bytes list = der_extension(oid::kBasicConstraints, true, basic_constraints_value(what));
  if (what.key_usage != 0) append(list, der_extension(oid::kKeyUsage, true, key_usage_value(what.key_usage)));
  if (!what.dns_names.empty()) {
    Bytes names;
    for (const std::string& name : what.dns_names) append(names, der(tag::context(2, false), {bytes_of(name)}));
    append(list, der_extension(oid::kSubjectAltName, false, der(tag::kSequence, {names})));
  }
  append(list, der_extension(oid::kSubjectKeyId, false, der(tag::kOctetString, {key_identifier(subject_key)})));
  append(list, authority_key_id_extension(what.authority_key_id.value_or(key_identifier(issuer_key))));
  return der(tag::context(3), {der(tag::kSequence, {list})});
}

}  // namespace

Result<Certificate> build_certificate(const CertificateTemplate& what, const Sm2PublicKey& subject_key,
                                      const Sm2PrivateKey& issuer_key) {
  KW_CHECK(check_template(what));
  const Bytes version = der(tag::context(0), {der_unsigned(std::uint64_t{2})});
  const Bytes tbs =
      der(tag::kSequence, {version, der_unsigned(what.serial), algorithm_sm2_sm3(), what.issuer.der(),
                           der(tag::kSequence, {der_time(what.not_before), der_time(what.not_after)}),
                           what.subject.der(), subject_key.spki(),
                           extensions_of(what, subject_key, issuer_key.public_key())});
  KW_TRY(const auto whole, sign_parts(tbs, issuer_key));
  return Certificate::parse(whole);  // refuses what this platform would not read back
}

struct CertificateRequest::Impl {
  Bytes der;
  ByteView info;       // into der
  ByteView signature;  // into der
  Name subject;
  std::optional<Sm2PublicKey> public_key;  // always there once parsed
};

Result<CertificateRequest> CertificateRequest::parse(ByteView der) {
  if (der.size() > 16 * 1024) return fail(Errc::too_large, "certificate request");
  auto impl = std::make_shared<Impl>();
  impl->der = copy(der);
  KW_TRY(const auto parts, open_signed(impl->der));
  impl->info = parts.tbs;
  impl->signature = parts.signature;
  DerReader outer(parts.tbs);
  KW_TRY(auto in, outer.enter(tag::kSequence));
  KW_TRY(const auto version, in.small_integer());
  if (version != 0) return fail(Errc::unsupported, "PKCS#10 version");
  KW_TRY(const auto subject, in.content(tag::kSequence));
  KW_TRY(impl->subject, parse_name(subject));
  KW_TRY(const auto spki, in.element(tag::kSequence));
  KW_TRY(impl->public_key, Sm2PublicKey::from_spki(spki.whole));
  if (in.next_is(tag::context(0))) KW_CHECK(in.any());  // attributes: the issuer decides, so none is read
  KW_CHECK(in.finish());
  return CertificateRequest(std::move(impl));
}

Result<CertificateRequest> CertificateRequest::build(const Name& subject, const Sm2PrivateKey& key) {
  if (subject == Name{}) return fail(Errc::invalid, "empty name");
  const Bytes info = crypto::der(tag::kSequence, {der_unsigned(std::uint64_t{0}), subject.der(),
                                                  key.public_key().spki(), crypto::der(tag::context(0), {})});
  KW_TRY(const auto whole, sign_parts(info, key));
  return parse(whole);
}

const Bytes& CertificateRequest::der() const { return impl_->der; }
const Name& CertificateRequest::subject() const { return impl_->subject; }
const Sm2PublicKey& CertificateRequest::public_key() const { return *impl_->public_key; }
Result<> CertificateRequest::verify() const { return impl_->public_key->verify(impl_->info, impl_->signature); }

}  // namespace kw::crypto
