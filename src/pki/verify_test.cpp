// Every refusal of verify_peer, made with a small CA; tests/vectors/tlcp/pki is somebody else's.
#include "pki/verify.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "crypto/random.h"
#include "pki/ca.h"

namespace kw::pki {
namespace {

const auto kNow = Timestamp::from_seconds(1'800'000'000);
constexpr Duration kDay = std::chrono::hours(24);

class MiniCa {
 public:
  MiniCa() : root_(Authority::make_root("Root", kNow, 10, random_).value()) {}
  crypto::CertificateTemplate leaf(unsigned usage) {
    crypto::CertificateTemplate out;
    out.subject = {.country = "CN", .organization = "O", .unit = "kiosk", .common_name = "c", .serial_number = {}};
    out.issuer = root_.certificate().subject();
    out.serial = random_.bytes(8);
    out.serial[0] = 0x42;
    out.not_before = kNow - kDay;
    out.not_after = kNow + kDay;
    out.key_usage = usage;
    return out;
  }
  crypto::Certificate make(const crypto::CertificateTemplate& what) {
    return crypto::build_certificate(what, crypto::Sm2PrivateKey::generate()->public_key(), root_.key()).value();
  }
  TrustStore trust() { return {.anchors = {root_.certificate()}, .intermediates = {}, .crls = {}, .require_crl = false}; }
  crypto::SystemRandom random_;
  Authority root_;
};

using crypto::KeyUsage;
constexpr unsigned kSign = static_cast<unsigned>(KeyUsage::digital_signature);
constexpr unsigned kEnc = static_cast<unsigned>(KeyUsage::key_encipherment);

std::vector<Bytes> list_of(const std::vector<crypto::Certificate>& certificates) {
  std::vector<Bytes> out;
  for (const auto& c : certificates) out.push_back(c.der());
  return out;
}

TEST(VerifyPeer, AcceptsBothOrdersOfTheList) {
  MiniCa ca;
  const auto sign = ca.make(ca.leaf(kSign));
  const auto enc = ca.make(ca.leaf(kEnc));
  EXPECT_TRUE(verify_peer(list_of({sign, enc}), ca.trust(), kNow, true));
  EXPECT_TRUE(verify_peer(list_of({sign, enc, ca.root_.certificate()}), ca.trust(), kNow, true));
  const auto alone = verify_peer(list_of({sign, ca.root_.certificate()}), ca.trust(), kNow, false);
  ASSERT_TRUE(alone);
  EXPECT_FALSE(alone->encryption);
}

TEST(VerifyPeer, RefusesEachFaultByItsName) {
  MiniCa ca;
  MiniCa stranger;
  const auto sign = ca.make(ca.leaf(kSign));
  const auto enc = ca.make(ca.leaf(kEnc));
  const auto check = [&](const std::vector<Bytes>& list, Refusal wanted, Timestamp now = kNow, bool need = true) {
    const auto got = verify_peer(list, ca.trust(), now, need);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), wanted) << name(got.error());
  };
  check({}, Refusal::malformed);
  check({Bytes{1, 2, 3}}, Refusal::malformed);
  check(std::vector<Bytes>(9, sign.der()), Refusal::malformed);
  auto foreign = stranger.leaf(kSign);
  foreign.issuer.common_name = "Somebody else";
  check(list_of({stranger.make(foreign), enc}), Refusal::unknown_ca);
  check(list_of({stranger.make(stranger.leaf(kSign)), enc}), Refusal::bad_signature);  // same name, other key
  check(list_of({sign, enc}), Refusal::not_yet_valid, kNow - 2 * kDay);
  check(list_of({sign, enc}), Refusal::expired, kNow + 2 * kDay);
  check(list_of({enc, sign}), Refusal::wrong_usage);
  check(list_of({sign}), Refusal::wrong_usage);
  check(list_of({sign, sign}), Refusal::wrong_usage);
  auto other = ca.leaf(kEnc);
  other.subject.common_name = "d";
  check(list_of({sign, ca.make(other)}), Refusal::mismatched_pair);
}

TEST(VerifyPeer, FollowsRevocation) {
  MiniCa ca;
  const auto sign = ca.make(ca.leaf(kSign));
  const auto enc = ca.make(ca.leaf(kEnc));
  auto trust = ca.trust();
  trust.require_crl = true;
  EXPECT_EQ(verify_peer(list_of({sign, enc}), trust, kNow, true).error(), Refusal::stale_crl);
  trust.crls = {ca.root_.issue_crl(1, kNow, kDay, {}).value()};
  EXPECT_TRUE(verify_peer(list_of({sign, enc}), trust, kNow, true));
  EXPECT_EQ(verify_peer(list_of({sign, enc}), trust, kNow + kDay / 2 + kDay / 4, true).has_value(), true);
  trust.crls = {ca.root_.issue_crl(2, kNow, kDay, {{enc.serial(), kNow}}).value()};
  EXPECT_EQ(verify_peer(list_of({sign, enc}), trust, kNow, true).error(), Refusal::revoked);
  MiniCa stranger;  // a list by somebody else says nothing
  trust.crls = {stranger.root_.issue_crl(1, kNow, kDay, {}).value()};
  EXPECT_EQ(verify_peer(list_of({sign, enc}), trust, kNow, true).error(), Refusal::stale_crl);
}

TEST(VerifyPeer, BuildsPathsThroughIntermediatesWithinTheirLength) {
  crypto::SystemRandom random;
  const auto root_key = crypto::Sm2PrivateKey::generate().value();
  const auto sub_key = crypto::Sm2PrivateKey::generate().value();
  MiniCa names;
  auto what = names.leaf(static_cast<unsigned>(KeyUsage::key_cert_sign));
  what.is_ca = true;
  what.subject.common_name = what.issuer.common_name = "R";
  what.issuer = what.subject;
  const auto root = crypto::build_certificate(what, root_key.public_key(), root_key).value();
  what.subject.common_name = "S";
  const auto sub = crypto::build_certificate(what, sub_key.public_key(), root_key).value();
  auto leaf = names.leaf(kSign);
  leaf.issuer = sub.subject();
  const auto end = crypto::build_certificate(leaf, crypto::Sm2PrivateKey::generate()->public_key(), sub_key).value();
  TrustStore trust{.anchors = {root}, .intermediates = {}, .crls = {}, .require_crl = false};
  EXPECT_TRUE(verify_peer(list_of({end, sub}), trust, kNow, false));
  EXPECT_EQ(verify_peer(list_of({end}), trust, kNow, false).error(), Refusal::unknown_ca);
  trust.intermediates = {sub};
  EXPECT_TRUE(verify_peer(list_of({end}), trust, kNow, false));
  what.subject.common_name = what.issuer.common_name = "R";
  what.path_length = 0;  // no CA may stand below this one
  const auto narrow = crypto::build_certificate(what, root_key.public_key(), root_key).value();
  EXPECT_EQ(verify_peer(list_of({end, sub}), {.anchors = {narrow}, .intermediates = {}, .crls = {}, .require_crl = false},
                        kNow, false).error(), Refusal::wrong_usage);
}

std::string file(const std::string& name) {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/tests/vectors/tlcp/pki/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(VerifyPeer, AcceptsCertificatesOfAnotherImplementation) {
  const auto load = [](const std::string& name) { return crypto::Certificate::parse_pem(file(name)).value().front(); };
  const TrustStore trust{.anchors = {load("root.crt")}, .intermediates = {}, .crls = {}, .require_crl = false};
  const auto now = load("server_sign.crt").not_before() + kDay;
  for (const std::string end : {"server", "client"}) {
    const auto list = list_of({load(end + "_sign.crt"), load(end + "_enc.crt"), load("sub.crt")});
    EXPECT_TRUE(verify_peer(list, trust, now, true)) << end;
  }
}

}  // namespace
}  // namespace kw::pki
