#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/reader.h"
#include "crypto/der.h"
#include "crypto/random.h"
#include "crypto/sm4.h"
#include "pki/ca.h"
#include "pki/enveloped_key.h"
#include "pki/key_file.h"
#include "pki/signed.h"

namespace kw::pki {
namespace {

crypto::Sm2PrivateKey make_key() { return crypto::Sm2PrivateKey::generate().value(); }

TEST(Signed, CountsDistinctKeysOnly) {
  const auto a = make_key();
  const auto b = make_key();
  const auto stranger = make_key();
  const std::vector keys{a.public_key(), b.public_key()};
  auto object = sign_object("policy", bytes_of("payload"), a).value();
  EXPECT_TRUE(verify_object(object, "policy", keys, 1));
  EXPECT_EQ(verify_object(object, "policy", keys, 2).code(), Errc::bad_signature);
  EXPECT_EQ(add_signature(object, a).code(), Errc::already_exists);
  ASSERT_TRUE(add_signature(object, stranger));
  EXPECT_EQ(verify_object(object, "policy", keys, 2).code(), Errc::bad_signature);
  ASSERT_TRUE(add_signature(object, b));
  EXPECT_TRUE(verify_object(object, "policy", keys, 2));
  EXPECT_EQ(verify_object(object, "policy", keys, 0).code(), Errc::invalid);
  auto copied = object;
  *copied.add_signatures() = object.signatures(0);  // the same signature twice counts once
  EXPECT_EQ(verify_object(copied, "policy", {a.public_key()}, 2).code(), Errc::bad_signature);
}

TEST(Signed, BindsKindVersionAndPayload) {
  const auto key = make_key();
  const auto object = sign_object("order", bytes_of("release"), key).value();
  EXPECT_EQ(verify_object(object, "policy", key.public_key()).code(), Errc::malformed);
  auto renamed = object;
  renamed.set_kind("policy");
  EXPECT_EQ(verify_object(renamed, "policy", key.public_key()).code(), Errc::bad_signature);
  auto changed = object;
  changed.set_payload("releasE");
  EXPECT_EQ(verify_object(changed, "order", key.public_key()).code(), Errc::bad_signature);
  auto newer = object;
  newer.set_version(2);
  EXPECT_EQ(verify_object(newer, "order", key.public_key()).code(), Errc::unsupported);
  auto many = object;
  for (int i = 0; i < kMostSignatures; ++i) *many.add_signatures() = object.signatures(0);
  EXPECT_EQ(verify_object(many, "order", key.public_key()).code(), Errc::malformed);
}

TEST(CommandRule, RefusesWhatCannotBeMet) {
  v1::CommandRule rule;
  rule.set_version(1);
  rule.add_keys()->set_spki(copy_text(make_key().public_key().spki()));
  rule.set_policy_threshold(1);
  rule.set_order_threshold(1);
  EXPECT_TRUE(parse_rule(rule));
  auto greedy = rule;
  greedy.set_order_threshold(2);
  EXPECT_EQ(parse_rule(greedy).code(), Errc::malformed);
  auto twice = rule;
  *twice.add_keys() = rule.keys(0);
  EXPECT_EQ(parse_rule(twice).code(), Errc::malformed);
  auto nobody = rule;
  nobody.clear_keys();
  EXPECT_EQ(parse_rule(nobody).code(), Errc::malformed);
}

TEST(KeyFile, OpensUnderItsSecretAndPurposeOnly) {
  crypto::SystemRandom random;
  const auto key = make_key();
  const auto file = seal_key(key, "device signing", bytes_of("hardware"), random).value();
  EXPECT_EQ(open_key(file, "device signing", bytes_of("hardware"))->public_key(), key.public_key());
  EXPECT_EQ(open_key(file, "device signing", bytes_of("other hardware")).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_key(file, "ca", bytes_of("hardware")).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_key(bytes_of("nothing of the kind"), "ca", bytes_of("x")).code(), Errc::malformed);
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto changed = file;
    changed[at] ^= 1;
    EXPECT_FALSE(open_key(changed, "device signing", bytes_of("hardware"))) << at;
    EXPECT_FALSE(open_key(ByteView(file).first(at), "device signing", bytes_of("hardware"))) << at;
  }
}

TEST(EnvelopedKey, OpensForItsRecipientOnly) {
  crypto::SystemRandom random;
  const auto recipient = make_key();
  const auto key = make_key();
  const auto der = seal_enveloped_key(key, recipient.public_key(), random).value();
  EXPECT_EQ(open_enveloped_key(der, recipient)->public_key(), key.public_key());
  EXPECT_EQ(open_enveloped_key(der, make_key()).code(), Errc::decrypt_failed);
  for (std::size_t at = 0; at < der.size(); ++at) {
    auto changed = der;
    changed[at] ^= 1;
    EXPECT_FALSE(open_enveloped_key(changed, recipient)) << at;
    EXPECT_FALSE(open_enveloped_key(ByteView(der).first(at), recipient)) << at;
  }
}

// GM/T 0009-2012 section 7.4, put together by hand: NULL parameters and a scalar padded to 64 octets, as hardware
// modules write it, and the same with the key of another in the clear field.
TEST(EnvelopedKey, TakesWhatModulesWriteAndChecksTheKeyInside) {
  using namespace crypto;
  const auto recipient = make_key();
  const auto key = make_key();
  const Bytes wrapping(16, 0x5a);
  const auto envelope = [&](std::string_view oid, const Sm2PublicKey& shown, Byte pad) {
    Bytes padded(32, pad);
    append(padded, key.scalar().reveal());
    const Bytes wrapped_key = recipient.public_key().encrypt(wrapping).value();
    return der(tag::kSequence,
               {der(tag::kSequence, {der(tag::kOid, {*from_hex(oid)}), der(tag::kNull, {})}), wrapped_key,
                der_bit_string(shown.point()), der_bit_string(sm4_ecb_encrypt(wrapping, padded).value())});
  };
  EXPECT_EQ(open_enveloped_key(envelope("2a811ccf550168", key.public_key(), 0), recipient)->public_key(), key.public_key());
  EXPECT_TRUE(open_enveloped_key(envelope("2a811ccf55016801", key.public_key(), 0), recipient));
  EXPECT_EQ(open_enveloped_key(envelope("2a811ccf55016801", make_key().public_key(), 0), recipient).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_enveloped_key(envelope("2a811ccf55016801", key.public_key(), 1), recipient).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_enveloped_key(envelope("2a811ccf55016802", key.public_key(), 0), recipient).code(), Errc::unsupported);
}

TEST(Authority, RefusesLifetimesAndSubjectsThatItCannotWrite) {
  crypto::SystemRandom random;
  const auto now = Timestamp::from_seconds(1'800'000'000);
  EXPECT_EQ(Authority::make_root("CA", now, 0, random).code(), Errc::invalid);
  EXPECT_EQ(Authority::make_root("CA", now, 500, random).code(), Errc::invalid);
  const auto ca = Authority::make_root("CA", now, 1, random).value();
  const auto key = make_key();
  EXPECT_EQ(ca.issue_platform("s", {"s.example"}, key.public_key(), now, 0, random).code(), Errc::invalid);
  const auto pair = ca.issue_platform("s", {"s.example"}, key.public_key(), now, 3650, random).value();
  EXPECT_EQ(pair.signing.not_after(), ca.certificate().not_after());
  EXPECT_EQ(pair.encryption.dns_names(), std::vector<std::string>{"s.example"});
}

// The openssl program as a second reader: it accepts the chain under the distinguishing ID, and not without it.
TEST(Authority, OpenSslVerifiesWhatWasIssued) {
  crypto::SystemRandom random;
  const auto now = Timestamp::from_seconds(1'800'000'000);
  const auto ca = Authority::make_root("CA", now, 10, random).value();
  const auto pair = ca.issue_platform("s", {"s.example"}, make_key().public_key(), now, 365, random).value();
  const std::string dir = testing::TempDir() + "kw_pki_" + std::to_string(getpid()) + "_";
  std::ofstream(dir + "ca") << ca.certificate().pem();
  std::ofstream(dir + "sign") << pair.signing.pem();
  std::ofstream(dir + "enc") << pair.encryption.pem();
  const std::string verify = "openssl verify -attime 1800000000 -x509_strict -CAfile " + dir + "ca ";
  const std::string id = "-vfyopt distid:1234567812345678 ";
  EXPECT_EQ(0, std::system((verify + id + dir + "sign " + dir + "enc >/dev/null 2>&1").c_str()));
  EXPECT_NE(0, std::system((verify + "-vfyopt distid:another " + dir + "sign >/dev/null 2>&1").c_str()));
  for (const char* name : {"ca", "sign", "enc"}) EXPECT_EQ(0, std::remove((dir + name).c_str()));
}

TEST(Authority, IssuesDualCertificatesAndNamesTheDevice) {
  crypto::SystemRandom random;
  const auto now = Timestamp::from_seconds(1'800'000'000);
  const auto ca = Authority::make_root("Test CA", now, 10, random).value();
  const auto key = make_key();
  const auto request = crypto::CertificateRequest::build({.country = {}, .organization = {}, .unit = {},
                                                          .common_name = "kiosk", .serial_number = {}}, key).value();
  const auto device = DeviceId::make(now, random);
  const auto pair = ca.issue_device(request, device, "machine-1", now, 365, random).value();
  EXPECT_EQ(device_of(pair.signing).value(), device);
  EXPECT_EQ(pair.signing.public_key(), key.public_key());
  EXPECT_EQ(pair.encryption.public_key(), pair.encryption_key.public_key());
  EXPECT_NE(pair.signing.serial(), pair.encryption.serial());
  EXPECT_EQ(pair.signing.key_usage(), crypto::KeyUsage::digital_signature | crypto::KeyUsage::non_repudiation);
  EXPECT_EQ(pair.signing.subject().serial_number, "machine-1");
  EXPECT_TRUE(pair.signing.signed_by(ca.certificate().public_key()));
  EXPECT_EQ(device_of(ca.certificate()).code(), Errc::malformed);
  EXPECT_EQ(Authority::from_parts(ca.certificate(), key).code(), Errc::bad_key);
  EXPECT_EQ(Authority::from_parts(pair.signing, key).code(), Errc::wrong_usage);
}

}  // namespace
}  // namespace kw::pki
