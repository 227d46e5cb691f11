// Each fault of a certificate has its own reason here, and one look to the peer.
#include <gtest/gtest.h>

#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {
namespace {

using crypto::KeyUsage;

// An authority of our own, so that certificates can be wrong in every way.
struct Authority {
  explicit Authority(const std::string& called = "Test CA") : key(crypto::Sm2PrivateKey::generate().value()) {
    name.common_name = called;
    certificate.push_back(issue(called, key.public_key(), KeyUsage::key_cert_sign | KeyUsage::crl_sign, true));
  }
  crypto::Certificate issue(const std::string& common_name, const crypto::Sm2PublicKey& subject, unsigned usage,
                            bool ca = false, std::string_view from = "2027-01-01T00:00:00Z",
                            std::string_view to = "2028-01-01T00:00:00Z") {
    crypto::CertificateTemplate what;
    what.subject.common_name = common_name;
    what.issuer = name;
    what.serial = {0x10, ++serial};
    what.not_before = from_rfc3339(from).value();
    what.not_after = from_rfc3339(to).value();
    what.key_usage = usage;
    what.is_ca = ca;
    if (!ca && common_name.find('.') != std::string::npos) what.dns_names = {common_name};
    return crypto::build_certificate(what, subject, key).value();
  }
  Identity identity(const std::string& common_name, std::string_view from = "2027-01-01T00:00:00Z",
                    std::string_view to = "2028-01-01T00:00:00Z") {
    const auto sign = crypto::Sm2PrivateKey::generate().value();
    const auto enc = crypto::Sm2PrivateKey::generate().value();
    return {issue(common_name, sign.public_key(), kSigning, false, from, to), sign,
            issue(common_name, enc.public_key(), kEncryption, false, from, to), enc, {}};
  }
  [[nodiscard]] pki::TrustStore trust() const {
    pki::TrustStore out;
    out.anchors = certificate;
    return out;
  }
  static constexpr unsigned kSigning = static_cast<unsigned>(KeyUsage::digital_signature);
  static constexpr unsigned kEncryption = KeyUsage::key_encipherment | KeyUsage::data_encipherment;

  crypto::Sm2PrivateKey key;
  crypto::Name name;
  std::vector<crypto::Certificate> certificate;
  Byte serial = 0;
};

struct Case {
  std::string what;
  std::function<Identity(Authority&)> identity;
  pki::Refusal refusal;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"unknown_ca", [](Authority&) { return Authority("Other CA").identity("peer.test"); }, pki::Refusal::unknown_ca},
      {"impostor", [](Authority&) { return Authority().identity("peer.test"); }, pki::Refusal::bad_signature},
      {"expired",
       [](Authority& a) { return a.identity("peer.test", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"); },
       pki::Refusal::expired},
      {"not_yet_valid",
       [](Authority& a) { return a.identity("peer.test", "2027-12-01T00:00:00Z", "2027-12-31T00:00:00Z"); },
       pki::Refusal::not_yet_valid},
      {"wrong_usage",
       [](Authority& a) {
         auto out = a.identity("peer.test");
         std::swap(out.signing, *out.encryption);
         std::swap(out.signing_key, *out.encryption_key);
         return out;
       },
       pki::Refusal::wrong_usage},
      {"mismatched_pair",
       [](Authority& a) {
         auto out = a.identity("peer.test");
         const auto other = a.identity("other.test");
         out.encryption = other.encryption;
         out.encryption_key = other.encryption_key;
         return out;
       },
       pki::Refusal::mismatched_pair},
  };
  return all;
}

TEST(Refusals, of_a_client_have_a_reason_each_and_one_alert) {
  for (const auto& c : cases()) {
    Authority authority;
    auto client = client_config();
    client.identity = c.identity(authority);
    auto server = server_config();
    server.client_trust = authority.trust();
    Pair pair(client, server);
    pair.run();
    ASSERT_TRUE(pair.server.failure()) << c.what;
    EXPECT_EQ(pair.server.failure()->failure, Failure::certificate_refused) << c.what;
    EXPECT_EQ(pair.server.failure()->refusal, c.refusal) << c.what << ": " << pair.server.failure()->text();
    EXPECT_EQ(pair.client.failure()->peer_alert, Alert::bad_certificate) << c.what;
  }
}

TEST(Refusals, of_a_server_have_a_reason_each_and_one_alert) {
  for (const auto& c : cases()) {
    Authority authority;
    auto client = client_config();
    client.trust = authority.trust();
    client.expected_name.clear();
    auto server = server_config();
    server.identity = c.identity(authority);
    Pair pair(client, server);
    pair.run();
    ASSERT_TRUE(pair.client.failure()) << c.what;
    EXPECT_EQ(pair.client.failure()->refusal, c.refusal) << c.what << ": " << pair.client.failure()->text();
    EXPECT_EQ(pair.server.failure()->peer_alert, Alert::bad_certificate) << c.what;
  }
}

TEST(Refusals, follow_a_revocation_list_that_came_between_two_connections) {
  Authority authority;
  auto client = client_config();
  client.identity = authority.identity("peer.test");
  auto server = server_config();
  server.client_trust = authority.trust();
  Pair before(client, server);
  before.run();
  EXPECT_TRUE(before.open());

  const auto now = StandingClock().now();
  server.client_trust.crls.push_back(
      crypto::RevocationList::build(authority.name, 1, now - std::chrono::hours(1), now + std::chrono::hours(1),
                                    {{client.identity->signing.serial(), now - std::chrono::hours(1)}}, authority.key)
          .value());
  Pair after(client, server);
  after.run();
  EXPECT_EQ(after.server.failure()->refusal, pki::Refusal::revoked);
  EXPECT_EQ(after.client.failure()->peer_alert, Alert::bad_certificate);
}

TEST(Refusals, include_the_name_of_the_server) {
  Authority authority;
  const auto refused = [&](const std::string& certified, const std::string& wanted) {
    auto client = client_config();
    client.trust = authority.trust();
    client.expected_name = wanted;
    auto server = server_config(ClientAuth::none);
    server.identity = authority.identity(certified);
    Pair pair(client, server);
    pair.run();
    if (pair.open()) return false;
    EXPECT_EQ(pair.client.failure()->failure, Failure::wrong_name);
    EXPECT_EQ(pair.server.failure()->peer_alert, Alert::bad_certificate);
    return true;
  };
  EXPECT_FALSE(refused("a.kiosk.test", "A.kiosk.TEST"));
  EXPECT_FALSE(refused("*.kiosk.test", "a.kiosk.test"));
  EXPECT_FALSE(refused("plain", "plain"));
  EXPECT_TRUE(refused("a.kiosk.test", "b.kiosk.test"));
  EXPECT_TRUE(refused("*.kiosk.test", "a.b.kiosk.test"));
  EXPECT_TRUE(refused("*.kiosk.test", "kiosk.test"));
  EXPECT_TRUE(refused("plain", "other"));
}

TEST(Refusals, of_a_server_whose_key_is_another) {
  auto server = server_config(ClientAuth::none);
  server.identity.signing_key = crypto::Sm2PrivateKey::generate().value();
  Pair signing(client_config(), server);
  signing.run();
  EXPECT_EQ(signing.client.failure()->failure, Failure::bad_peer_signature);
  EXPECT_EQ(signing.server.failure()->peer_alert, Alert::bad_certificate);

  server = server_config(ClientAuth::none);
  server.identity.encryption_key = crypto::Sm2PrivateKey::generate().value();
  Pair encryption(client_config(), server);
  encryption.run();
  EXPECT_EQ(encryption.server.failure()->failure, Failure::bad_record_mac);
}

}  // namespace
}  // namespace kw::tlcp::testing
