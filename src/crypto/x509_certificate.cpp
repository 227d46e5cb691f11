#include <openssl/pem.h>

#include "crypto/sm3.h"
#include "crypto/x509_impl.h"

namespace kw::crypto {
namespace {

using X509Ptr = Owned<X509, X509_free>;

constexpr std::size_t kMostPem = 1U << 20;
constexpr std::size_t kMostDnsNames = 64;

unsigned usage_bits(X509* x) {
  if ((X509_get_extension_flags(x) & EXFLAG_KUSAGE) == 0) return 0;
  const std::uint32_t usage = X509_get_key_usage(x);
  constexpr std::pair<std::uint32_t, KeyUsage> kMap[] = {
      {KU_DIGITAL_SIGNATURE, KeyUsage::digital_signature}, {KU_NON_REPUDIATION, KeyUsage::non_repudiation},
      {KU_KEY_ENCIPHERMENT, KeyUsage::key_encipherment},   {KU_DATA_ENCIPHERMENT, KeyUsage::data_encipherment},
      {KU_KEY_AGREEMENT, KeyUsage::key_agreement},         {KU_KEY_CERT_SIGN, KeyUsage::key_cert_sign},
      {KU_CRL_SIGN, KeyUsage::crl_sign}};
  unsigned out = 0;
  for (const auto& [theirs, ours] : kMap)
    if ((usage & theirs) != 0) out = out | ours;
  return out;
}

std::vector<std::string> read_dns_names(X509* x) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr));
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> owned(names, GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && out.size() < kMostDnsNames; ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(names, i);
    if (one->type != GEN_DNS) continue;
    const auto* text = ASN1_STRING_get0_data(one->d.dNSName);
    out.emplace_back(text, text + ASN1_STRING_length(one->d.dNSName));
  }
  return out;
}

Result<> add_extension(X509* x, int nid, const std::string& value, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || X509_add_ext(x, extension.get(), -1) != 1) return fail(Errc::malformed, "certificate extension");
  return {};
}

std::string usage_text(unsigned usage) {
  constexpr std::pair<KeyUsage, std::string_view> kMap[] = {
      {KeyUsage::digital_signature, "digitalSignature"}, {KeyUsage::non_repudiation, "nonRepudiation"},
      {KeyUsage::key_encipherment, "keyEncipherment"},   {KeyUsage::data_encipherment, "dataEncipherment"},
      {KeyUsage::key_agreement, "keyAgreement"},         {KeyUsage::key_cert_sign, "keyCertSign"},
      {KeyUsage::crl_sign, "cRLSign"}};
  std::string out = "critical";
  for (const auto& [bit, word] : kMap)
    if ((usage & static_cast<unsigned>(bit)) != 0) out += "," + std::string(word);
  return out;
}

/// Subject and authority key identifiers: the first 20 octets of SM3 over the public point.
Result<> add_key_identifier(X509* x, int nid, ByteView id20) {
  Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets(ASN1_OCTET_STRING_new());
  if (!octets || ASN1_OCTET_STRING_set(octets.get(), id20.data(), static_cast<int>(id20.size())) != 1)
    return fail(Errc::crypto_failed);
  if (nid == NID_subject_key_identifier) {
    if (X509_add1_ext_i2d(x, nid, octets.get(), 0, X509V3_ADD_APPEND) != 1) return fail(Errc::crypto_failed);
    return {};
  }
  Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free> authority(AUTHORITY_KEYID_new());
  if (!authority) return fail(Errc::crypto_failed);
  authority->keyid = octets.release();
  if (X509_add1_ext_i2d(x, nid, authority.get(), 0, X509V3_ADD_APPEND) != 1) return fail(Errc::crypto_failed);
  return {};
}

Bytes key_identifier(const Sm2PublicKey& key) {
  const auto digest = sm3(key.point());
  return {digest.begin(), digest.begin() + 20};
}

Result<X509Ptr> fill(const CertificateTemplate& what, const Sm2PublicKey& subject_key) {
  X509Ptr x(X509_new());
  if (!x || X509_set_version(x.get(), 2) != 1) return fail(Errc::crypto_failed, "X509_new");
  KW_TRY(const auto serial, make_serial(what.serial));
  KW_TRY(const auto subject, make_name(what.subject));
  KW_TRY(const auto issuer, make_name(what.issuer));
  KW_TRY(const auto not_before, make_time(what.not_before));
  KW_TRY(const auto not_after, make_time(what.not_after));
  KW_TRY(const auto key, make_key(subject_key));
  if (X509_set_serialNumber(x.get(), serial.get()) != 1 || X509_set_subject_name(x.get(), subject.get()) != 1 ||
      X509_set_issuer_name(x.get(), issuer.get()) != 1 || X509_set1_notBefore(x.get(), not_before.get()) != 1 ||
      X509_set1_notAfter(x.get(), not_after.get()) != 1 || X509_set_pubkey(x.get(), X509_PUBKEY_get0(key.get())) != 1)
    return fail(Errc::crypto_failed, "certificate fields");
  return x;
}

}  // namespace

Result<Certificate> Certificate::parse(ByteView der) {
  auto impl = std::make_shared<Impl>();
  KW_TRY(impl->parts, split_signed(der));
  const auto* in = der.data();
  const X509Ptr x(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
  if (!x || in != der.data() + der.size()) return fail(Errc::malformed, "certificate");
  if (!is_sm2_sm3(X509_get0_tbs_sigalg(x.get()))) return fail(Errc::unsupported, "certificate's signature algorithm");
  if ((X509_get_extension_flags(x.get()) & EXFLAG_INVALID) != 0) return fail(Errc::malformed, "certificate extension");
  impl->der = copy(der);
  impl->subject_der = name_der(X509_get_subject_name(x.get()));
  impl->issuer_der = name_der(X509_get_issuer_name(x.get()));
  impl->serial = serial_octets(X509_get0_serialNumber(x.get()));
  KW_TRY(impl->subject, read_name(X509_get_subject_name(x.get())));
  KW_TRY(impl->issuer, read_name(X509_get_issuer_name(x.get())));
  KW_TRY(impl->not_before, read_time(X509_get0_notBefore(x.get())));
  KW_TRY(impl->not_after, read_time(X509_get0_notAfter(x.get())));
  KW_TRY(auto key, read_key(X509_get_X509_PUBKEY(x.get())));
  impl->key = std::move(key);
  const auto flags = X509_get_extension_flags(x.get());
  impl->usage = usage_bits(x.get());
  impl->ca = (flags & EXFLAG_CA) != 0;
  impl->unknown_critical = (flags & EXFLAG_CRITICAL) != 0;
  if (const long length = X509_get_pathlen(x.get()); impl->ca && length >= 0) impl->path_length = static_cast<int>(length);
  impl->dns_names = read_dns_names(x.get());
  return Certificate(std::move(impl));
}

Result<std::vector<Certificate>> Certificate::parse_pem(std::string_view pem) {
  if (pem.size() > kMostPem) return fail(Errc::too_large, "PEM");
  const Owned<BIO, BIO_free_all> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> out;
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (in && PEM_read_bio(in.get(), &name, &header, &data, &size) == 1) {
    const Bytes der(data, data + size);
    const bool certificate = std::string_view(name) == "CERTIFICATE";
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    if (!certificate) continue;
    KW_TRY(auto parsed, parse(der));
    out.push_back(std::move(parsed));
  }
  if (out.empty()) return fail(Errc::malformed, "no certificate in PEM");
  return out;
}

const Bytes& Certificate::der() const { return impl_->der; }
const Name& Certificate::subject() const { return impl_->subject; }
const Name& Certificate::issuer() const { return impl_->issuer; }
const Bytes& Certificate::subject_der() const { return impl_->subject_der; }
const Bytes& Certificate::issuer_der() const { return impl_->issuer_der; }
const Bytes& Certificate::serial() const { return impl_->serial; }
Timestamp Certificate::not_before() const { return impl_->not_before; }
Timestamp Certificate::not_after() const { return impl_->not_after; }
unsigned Certificate::key_usage() const { return impl_->usage; }
bool Certificate::is_ca() const { return impl_->ca; }
std::optional<int> Certificate::path_length() const { return impl_->path_length; }
std::vector<std::string> Certificate::dns_names() const { return impl_->dns_names; }
const Sm2PublicKey& Certificate::public_key() const { return *impl_->key; }
bool Certificate::has_unknown_critical_extension() const { return impl_->unknown_critical; }
Result<> Certificate::signed_by(const Sm2PublicKey& issuer) const {
  return issuer.verify(impl_->parts.tbs, impl_->parts.signature);
}
Bytes Certificate::fingerprint() const {
  const auto digest = sm3(impl_->der);
  return {digest.begin(), digest.end()};
}

std::string Certificate::pem() const {
  const std::string body = to_base64(impl_->der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < body.size(); at += 64) out += body.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

Result<Certificate> build_certificate(const CertificateTemplate& what, const Sm2PublicKey& subject_key,
                                      const Sm2PrivateKey& issuer_key) {
  KW_TRY(const auto x, fill(what, subject_key));
  if (what.is_ca) {
    std::string constraint = "critical,CA:TRUE";
    if (what.path_length) constraint += ",pathlen:" + std::to_string(*what.path_length);
    KW_CHECK(add_extension(x.get(), NID_basic_constraints, constraint, x.get()));
  } else {
    KW_CHECK(add_extension(x.get(), NID_basic_constraints, "critical,CA:FALSE", x.get()));
  }
  if (what.key_usage != 0) KW_CHECK(add_extension(x.get(), NID_key_usage, usage_text(what.key_usage), x.get()));
  std::string names;
  for (const auto& name : what.dns_names) {
    if (name.find_first_of(",\r\n") != std::string::npos) return fail(Errc::malformed, "DNS name");
    names += (names.empty() ? "DNS:" : ",DNS:") + name;
  }
  if (!names.empty()) KW_CHECK(add_extension(x.get(), NID_subject_alt_name, names, x.get()));
  KW_CHECK(add_key_identifier(x.get(), NID_subject_key_identifier, key_identifier(subject_key)));
  KW_CHECK(add_key_identifier(x.get(), NID_authority_key_identifier,
                              what.authority_key_id ? *what.authority_key_id : key_identifier(issuer_key.public_key())));
  // The setter for the inner algorithm is reached through the object's own accessor; the outer one is written by us.
  KW_CHECK(set_algorithm(const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(x.get()))));  // NOLINT: OpenSSL has no setter
  unsigned char* tbs = nullptr;
  const int size = i2d_re_X509_tbs(x.get(), &tbs);
  if (size <= 0) return fail(Errc::crypto_failed, "certificate encoding");
  const Bytes octets(tbs, tbs + size);
  OPENSSL_free(tbs);
  KW_TRY(const auto der, join_signed(octets, issuer_key));
  return Certificate::parse(der);
}

}  // namespace kw::crypto
