#include "crypto/x509.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/der.h"
#include "crypto/sm2_impl.h"
#include "crypto/sm3.h"
#include "crypto/vectors.h"
#include "crypto/x509_parts.h"

namespace kw::crypto {
namespace {

constexpr std::string_view kDir = "tests/vectors/tlcp/pki/";
const Timestamp kFrom = Timestamp::from_seconds(1795000000);
const Timestamp kTo = Timestamp::from_seconds(2900000000);  // after 2049: GeneralizedTime

Certificate load(const std::string& name) {
  auto all = Certificate::parse_pem(slurp(std::string(kDir) + name));
  EXPECT_TRUE(all) << all.error().text();
  return all->front();
}

struct Made {
  Sm2PrivateKey key = *Sm2PrivateKey::generate();
  CertificateTemplate what;
  Made() {
    what.subject = {"CN", "数据局", "kiosk", "终端 1", "0001"};
    what.issuer = {"CN", "Kioskward", "", "Root", ""};
    what.serial = {0x80, 0x01};
    what.not_before = kFrom;
    what.not_after = kTo;
    what.key_usage = KeyUsage::digital_signature | KeyUsage::non_repudiation;
  }
  [[nodiscard]] Result<Certificate> build() const { return build_certificate(what, key.public_key(), key); }
};

TEST(Certificate, ReadsWhatAnotherProgramIssued) {
  const auto root = load("root.crt");
  const auto sub = load("sub.crt");
  const auto sign = load("server_sign.crt");
  const auto enc = load("server_enc.crt");
  EXPECT_TRUE(root.is_ca());
  EXPECT_TRUE(sub.is_ca());
  EXPECT_FALSE(sign.is_ca());
  EXPECT_TRUE(root.signed_by(root.public_key()));
  EXPECT_TRUE(sub.signed_by(root.public_key()));
  EXPECT_TRUE(sign.signed_by(sub.public_key()));
  EXPECT_TRUE(enc.signed_by(sub.public_key()));
  EXPECT_EQ(Errc::bad_signature, enc.signed_by(root.public_key()).code());
  EXPECT_EQ(sign.issuer_der(), sub.subject_der());
  EXPECT_EQ(enc.key_usage(),
            KeyUsage::key_encipherment | KeyUsage::data_encipherment | KeyUsage::key_agreement);
  EXPECT_EQ(enc.subject().text(), "C=CN, O=Peers, CN=localhost");
  EXPECT_EQ(enc.dns_names(), std::vector<std::string>{"localhost"});
  EXPECT_EQ(to_hex(enc.serial()), "cdec0592b1712e75a4646652d9fe84");
  EXPECT_EQ(to_rfc3339(enc.not_after()), "2031-11-22T20:28:52.000000000Z");
  EXPECT_FALSE(enc.has_unknown_critical_extension());
  EXPECT_EQ(2U, Certificate::parse_pem(slurp(std::string(kDir) + "ca_chain.crt"))->size());
}

TEST(Certificate, BuildsWhatItReadsAndOpenSslVerifies) {
  Made made;
  made.what.dns_names = {"kiosk.example", "a.example"};
  made.what.is_ca = true;
  made.what.path_length = 1;
  made.what.key_usage = KeyUsage::key_cert_sign | KeyUsage::crl_sign;
  const auto certificate = made.build();
  ASSERT_TRUE(certificate) << certificate.error().text();
  EXPECT_EQ(certificate->subject(), made.what.subject);
  EXPECT_EQ(certificate->issuer(), made.what.issuer);
  EXPECT_EQ(certificate->serial(), made.what.serial);
  EXPECT_EQ(certificate->not_before(), kFrom);
  EXPECT_EQ(certificate->not_after(), kTo);
  EXPECT_EQ(certificate->key_usage(), made.what.key_usage);
  EXPECT_EQ(certificate->dns_names(), made.what.dns_names);
  EXPECT_EQ(1, certificate->path_length());
  EXPECT_TRUE(certificate->public_key() == made.key.public_key());
  EXPECT_EQ(certificate->der(), Certificate::parse_pem(certificate->pem())->front().der());
  // OpenSSL as oracle: it parses the octets, finds the CA bit and checks the signature under the default ID.
  const Byte* at = certificate->der().data();
  const std::unique_ptr<X509, FreeWith<X509_free>> x(d2i_X509(nullptr, &at, static_cast<long>(certificate->der().size())));
  ASSERT_TRUE(x);
  EXPECT_EQ(2, X509_get_version(x.get()));
  EXPECT_EQ(1, X509_check_ca(x.get()));
  ASN1_OCTET_STRING* id = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(id, bytes_of(kSm2DefaultId).data(), static_cast<int>(kSm2DefaultId.size()));
  X509_set0_distinguishing_id(x.get(), id);
  EXPECT_EQ(1, X509_verify(x.get(), made.key.public_key().impl().pkey.get()));
}

TEST(Certificate, BuilderRefusesNonsense) {
  const auto refused = [](auto change) {
    Made made;
    change(made.what);
    const auto out = made.build();
    EXPECT_FALSE(out);
    return out ? Errc::internal : out.code();
  };
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.serial.clear(); }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.serial = Bytes(21, 1); }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.serial = Bytes(4, 0); }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.not_after = w.not_before - std::chrono::seconds(1); }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.path_length = 1; }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.subject = {}; }));
  EXPECT_EQ(Errc::invalid, refused([](auto& w) { w.authority_key_id = Bytes(3); }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.dns_names = {"two words"}; }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.common_name = std::string("a\0b", 3); }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.common_name = std::string(300, 'x'); }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.common_name = "\xc0\xaf"; }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.common_name = "\xed\xa0\x80"; }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.common_name = "\xe6\x95"; }));
  EXPECT_EQ(Errc::malformed, refused([](auto& w) { w.subject.serial_number = "a\nb"; }));
}

TEST(Certificate, RefusesTruncatedTrailingOversizedAndForeign) {
  const auto good = load("server_sign.crt").der();
  for (std::size_t n = 0; n < good.size(); ++n) ASSERT_FALSE(Certificate::parse(ByteView(good).first(n))) << n;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(Errc::trailing_data, Certificate::parse(longer).code());
  EXPECT_EQ(Errc::too_large, Certificate::parse(Bytes(70000)).code());
  // The same certificate with its outer and inner signature algorithm changed to another OID.
  Bytes foreign = good;
  const auto sm2_sm3 = *from_hex("2a811ccf55018375");
  for (auto at = foreign.begin();
       (at = std::search(at, foreign.end(), sm2_sm3.begin(), sm2_sm3.end())) != foreign.end(); ++at) {
    at[7] = 0x76;
  }
  EXPECT_EQ(Errc::unsupported, Certificate::parse(foreign).code());
  EXPECT_EQ(Errc::malformed, Certificate::parse_pem("no certificate").code());
  EXPECT_EQ(Errc::malformed, Certificate::parse_pem("-----BEGIN CERTIFICATE-----\nAAAA").code());
}

TEST(Certificate, EveryChangedOctetIsRefusedOrBreaksTheSignature) {
  Made made;
  const auto certificate = made.build();
  ASSERT_TRUE(certificate);
  for (std::size_t i = 0; i < certificate->der().size(); i += 3) {
    Bytes bad = certificate->der();
    bad[i] ^= 0x04;
    const auto parsed = Certificate::parse(bad);
    EXPECT_FALSE(parsed && parsed->signed_by(made.key.public_key())) << i;
  }
}

TEST(CertificateRequest, BuildsParsesAndProvesPossession) {
  Made made;
  const auto request = CertificateRequest::build(made.what.subject, made.key);
  ASSERT_TRUE(request);
  const auto parsed = CertificateRequest::parse(request->der());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->verify());
  EXPECT_EQ(parsed->subject(), made.what.subject);
  EXPECT_TRUE(parsed->public_key() == made.key.public_key());
  // Another key's point in the request: the signature no longer proves anything.
  Bytes stolen = request->der();
  const Bytes mine = made.key.public_key().point();
  const Bytes other = Sm2PrivateKey::generate()->public_key().point();
  std::ranges::copy(other, std::search(stolen.begin(), stolen.end(), mine.begin(), mine.end()));
  EXPECT_EQ(Errc::bad_signature, CertificateRequest::parse(stolen)->verify().code());
  for (std::size_t n = 0; n < stolen.size(); ++n) ASSERT_FALSE(CertificateRequest::parse(ByteView(stolen).first(n)));
  EXPECT_EQ(Errc::too_large, CertificateRequest::parse(Bytes(20000)).code());
  // OpenSSL as oracle for the structure.
  const Byte* at = request->der().data();
  const std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>> x(
      d2i_X509_REQ(nullptr, &at, static_cast<long>(request->der().size())));
  EXPECT_TRUE(x);
}

TEST(RevocationList, BuildsParsesAndAnswers) {
  Made made;
  const auto list = RevocationList::build(made.what.issuer, 7, kFrom, kTo,
                                          {{{0x80, 0x01}, kFrom}, {{0x05}, kFrom}, {Bytes(20, 0x11), kFrom}}, made.key);
  ASSERT_TRUE(list) << list.error().text();
  const auto parsed = RevocationList::parse(list->der());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->contains(Bytes{0x80, 0x01}));
  EXPECT_TRUE(parsed->contains(Bytes{0x00, 0x05}));
  EXPECT_TRUE(parsed->contains(Bytes(20, 0x11)));
  EXPECT_FALSE(parsed->contains(Bytes{0x06}));
  EXPECT_FALSE(parsed->contains(Bytes{0x80}));
  EXPECT_EQ(7U, parsed->number());
  EXPECT_EQ(kFrom, parsed->this_update());
  EXPECT_EQ(kTo, parsed->next_update());
  EXPECT_EQ(parsed->issuer(), made.what.issuer);
  EXPECT_EQ(parsed->issuer_der(), made.what.issuer.der());
  EXPECT_TRUE(parsed->signed_by(made.key.public_key()));
  EXPECT_EQ(Errc::bad_signature, parsed->signed_by(Sm2PrivateKey::generate()->public_key()).code());
  for (std::size_t n = 0; n < list->der().size(); ++n) {
    ASSERT_FALSE(RevocationList::parse(ByteView(list->der()).first(n)));
  }
  const Byte* at = list->der().data();
  const std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>> x(
      d2i_X509_CRL(nullptr, &at, static_cast<long>(list->der().size())));
  EXPECT_TRUE(x);
  EXPECT_TRUE(RevocationList::build(made.what.issuer, 8, kFrom, kTo, {}, made.key));
  EXPECT_EQ(Errc::invalid, RevocationList::build(made.what.issuer, 8, kTo, kFrom, {}, made.key).code());
  EXPECT_EQ(Errc::invalid, RevocationList::build(made.what.issuer, 8, kFrom, kTo, {{{}, kFrom}}, made.key).code());
}

TEST(RevocationList, GrowsWithTheFleet) {
  Made made;
  std::vector<RevocationList::Entry> revoked;
  for (unsigned i = 1; i <= 20000; ++i) {
    revoked.push_back({{static_cast<Byte>(i >> 8), static_cast<Byte>(i)}, kFrom});
  }
  const auto list = RevocationList::build(made.what.issuer, 1, kFrom, kTo, revoked, made.key);
  ASSERT_TRUE(list) << list.error().text();
  EXPECT_GT(list->der().size(), 300000U);
  EXPECT_TRUE(list->contains(Bytes{0x4e, 0x20}));
  EXPECT_FALSE(list->contains(Bytes{0x4e, 0x21}));
}

// Delta lists and partitioned lists say so in critical extensions; taken for complete ones they would hide revocations.
TEST(RevocationList, RefusesCriticalExtensions) {
  Made made;
  const auto oid_delta = *from_hex("551d1b");
  const Bytes extension = der_extension(oid_delta, true, der_unsigned(std::uint64_t{1}));
  const Bytes tbs = der(tag::kSequence, {der_unsigned(std::uint64_t{1}), algorithm_sm2_sm3(), made.what.issuer.der(),
                                         der_time(kFrom), der_time(kTo),
                                         der(tag::context(0), {der(tag::kSequence, {extension})})});
  EXPECT_EQ(Errc::unsupported, RevocationList::parse(*sign_parts(tbs, made.key)).code());
}

TEST(Der, RefusesWhatIsNotDistinguished) {
  const auto refuse = [](std::string_view hex_text) {
    const Bytes in = *from_hex(hex_text);
    DerReader reader(in);
    const auto out = reader.any();
    return out ? Errc::internal : out.code();
  };
  EXPECT_EQ(Errc::malformed, refuse("3080"));          // indefinite
  EXPECT_EQ(Errc::malformed, refuse("30810100"));      // not minimal
  EXPECT_EQ(Errc::malformed, refuse("3082007f"));      // not minimal
  EXPECT_EQ(Errc::malformed, refuse("308400000001"));  // four length octets
  EXPECT_EQ(Errc::malformed, refuse("3f0100"));        // long tag
  EXPECT_EQ(Errc::truncated, refuse("30"));
  EXPECT_EQ(Errc::truncated, refuse("3002ff"));
  for (const char* bad : {"0200", "020180", "02020001"}) {
    const Bytes in = *from_hex(bad);
    EXPECT_EQ(Errc::malformed, DerReader(in).unsigned_integer().code()) << bad;
  }
  for (const char* bad : {"261301000000Z", "260229000000Z", "260101240000Z", "2601010000Z", "260101000000+0800"}) {
    const Bytes in = der(tag::kUtcTime, {bytes_of(bad)});
    EXPECT_EQ(Errc::malformed, DerReader(in).time().code()) << bad;
  }
  const Bytes never = der(tag::kGeneralizedTime, {bytes_of("99991231235959Z")});
  EXPECT_GT(DerReader(never).time()->unix_seconds(), kTo.unix_seconds());
}

}  // namespace
}  // namespace kw::crypto
