#include <gtest/gtest.h>

#include "base/reader.h"
#include "crypto/random.h"
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
