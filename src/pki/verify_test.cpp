// Every refusal of verify_peer, made with a small CA; tests/vectors/tlcp/pki is somebody else's.
#include "pki/verify.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "crypto/der.h"
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

// Puts one more extension behind the others of a certificate and signs it anew.
crypto::Certificate with_extension(const crypto::Certificate& from, bool critical, const crypto::Sm2PrivateKey& issuer) {
  using namespace crypto;
  DerReader outer(from.der());
  auto tbs = outer.enter(tag::kSequence)->enter(tag::kSequence).value();
  Bytes fields;
  while (!tbs.next_is(tag::context(3))) append(fields, tbs.any()->whole);
  Bytes list = copy(tbs.enter(tag::context(3))->content(tag::kSequence).value());
  const Bytes oid{0x2a, 0x03, 0x04};
  const Bytes flag = critical ? Bytes{0x01, 0x01, 0xff} : Bytes{};
  append(list, der(tag::kSequence, {der(tag::kOid, {oid}), flag, der(tag::kOctetString, {Bytes{5, 0}})}));
  const Bytes made = der(tag::kSequence, {fields, der(tag::context(3), {der(tag::kSequence, {list})})});
  const auto algorithm = *from_hex("300a06082a811ccf55018375");
  return Certificate::parse(der(tag::kSequence, {made, algorithm, der_bit_string(issuer.sign(made).value())})).value();
}

TEST(VerifyPeer, RefusesCriticalExtensionsThatItDoesNotKnow) {
  MiniCa ca;
  const auto plain = ca.make(ca.leaf(kSign));
  EXPECT_TRUE(verify_peer(list_of({with_extension(plain, false, ca.root_.key())}), ca.trust(), kNow, false));
  EXPECT_EQ(verify_peer(list_of({with_extension(plain, true, ca.root_.key())}), ca.trust(), kNow, false).error(),
            Refusal::malformed);
}

TEST(VerifyPeer, WantsIssuersThatMayIssueAndLists) {
  MiniCa ca;
  const auto key = crypto::Sm2PrivateKey::generate().value();
  auto what = ca.leaf(kSign);
  const auto end_entity = crypto::build_certificate(what, key.public_key(), ca.root_.key()).value();
  auto leaf = ca.leaf(kSign);
  leaf.issuer = what.subject;
  leaf.subject.common_name = "below an end entity";
  const auto below = crypto::build_certificate(leaf, key.public_key(), key).value();
  auto trust = ca.trust();
  trust.intermediates = {end_entity};
  EXPECT_EQ(verify_peer(list_of({below}), trust, kNow, false).error(), Refusal::wrong_usage);
  // A CA that may sign certificates but no lists: its list says nothing.
  what.is_ca = true;
  what.key_usage = static_cast<unsigned>(KeyUsage::key_cert_sign);
  what.issuer = what.subject;
  const auto narrow = crypto::build_certificate(what, key.public_key(), key).value();
  const auto list = crypto::RevocationList::build(what.subject, 1, kNow, kNow + kDay, {}, key).value();
  EXPECT_EQ(verify_peer(list_of({below}), {.anchors = {narrow}, .intermediates = {}, .crls = {list}, .require_crl = true},
                        kNow, false).error(), Refusal::stale_crl);
}

TEST(VerifyPeer, WantsADigitalSignatureUsage) {
  MiniCa ca;
  for (const unsigned usage : {0U, kEnc, static_cast<unsigned>(KeyUsage::non_repudiation)}) {
    EXPECT_EQ(verify_peer(list_of({ca.make(ca.leaf(usage))}), ca.trust(), kNow, false).error(), Refusal::wrong_usage);
  }
}

TEST(VerifyPeer, AnExpiredListIsStaleAndATomorrowsListTooEarly) {
  MiniCa ca;
  const auto sign = ca.make(ca.leaf(kSign));
  auto trust = ca.trust();
  trust.require_crl = true;
  trust.crls = {ca.root_.issue_crl(1, kNow - 2 * kDay, kDay, {}).value()};
  EXPECT_EQ(verify_peer(list_of({sign}), trust, kNow, false).error(), Refusal::stale_crl);
  trust.crls = {ca.root_.issue_crl(1, kNow + kDay, kDay, {}).value()};
  EXPECT_EQ(verify_peer(list_of({sign}), trust, kNow, false).error(), Refusal::stale_crl);
  trust.require_crl = false;  // an old list still revokes
  trust.crls = {ca.root_.issue_crl(1, kNow - 2 * kDay, kDay, {{sign.serial(), kNow}}).value()};
  EXPECT_EQ(verify_peer(list_of({sign}), trust, kNow, false).error(), Refusal::revoked);
}

// Five CA levels under the anchor are one too many, and so is a thicket in which each certificate issues each.
TEST(VerifyPeer, BoundsDepthAndWork) {
  MiniCa ca;
  auto what = ca.leaf(static_cast<unsigned>(KeyUsage::key_cert_sign));
  what.is_ca = true;
  const auto build_chain = [&](int levels) {
    auto issuer_key = crypto::Sm2PrivateKey::generate().value();
    what.subject.common_name = "level 0";
    what.issuer = what.subject;
    const auto root = crypto::build_certificate(what, issuer_key.public_key(), issuer_key).value();
    std::vector<crypto::Certificate> list;
    for (int i = 1; i <= levels; ++i) {
      const auto key = crypto::Sm2PrivateKey::generate().value();
      what.issuer = what.subject;
      what.subject.common_name = "level " + std::to_string(i);
      list.insert(list.begin(), crypto::build_certificate(what, key.public_key(), issuer_key).value());
      issuer_key = key;
    }
    auto leaf = ca.leaf(kSign);
    leaf.issuer = what.subject;
    list.insert(list.begin(), crypto::build_certificate(leaf, issuer_key.public_key(), issuer_key).value());
    return std::pair(root, list_of(list));
  };
  const auto [near, short_list] = build_chain(3);
  EXPECT_TRUE(verify_peer(short_list, {.anchors = {near}, .intermediates = {}, .crls = {}, .require_crl = false}, kNow, false));
  const auto [far, long_list] = build_chain(4);
  EXPECT_EQ(verify_peer(long_list, {.anchors = {far}, .intermediates = {}, .crls = {}, .require_crl = false}, kNow, false).error(),
            Refusal::unknown_ca);
  const auto key = crypto::Sm2PrivateKey::generate().value();
  what.subject.common_name = "thicket";
  what.issuer = what.subject;
  std::vector<crypto::Certificate> thicket{crypto::build_certificate(what, key.public_key(), key).value()};
  auto leaf = ca.leaf(kSign);
  leaf.issuer = what.subject;
  thicket[0] = crypto::build_certificate(leaf, key.public_key(), key).value();
  for (Byte i = 1; i < 8; ++i) {
    what.serial = {i};
    thicket.push_back(crypto::build_certificate(what, key.public_key(), key).value());
  }
  EXPECT_EQ(verify_peer(list_of(thicket), ca.trust(), kNow, false).error(), Refusal::unknown_ca);
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
