// What an administrator's own key is used for, against a server whose answers the test gives, and which may lie:
// only what the octets themselves say is signed.
#include <boost/json.hpp>
#include <fstream>

#include "cli/api/testing/answering_server.h"
#include "cli/api/testing/ukey_files.h"
#include "crypto/encrypted_key.h"
#include "crypto/sm3.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "pki/persons.h"
#include "schema/codec.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
namespace v1 = ::kioskward::v1;
using testing::AnsweringServer;
using ::testing::HasSubstr;

constexpr auto kSigningId = "0190aaaaaaaa7000800000000000000a";
constexpr auto kPhrase = "correct horse battery";

struct SigningCommands : ::testing::Test {
  AnsweringServer server;
  crypto::Sm2PrivateKey key = crypto::Sm2PrivateKey::generate().value();
  std::string file = server.file("secadmin.key");

  SigningCommands() { std::ofstream(file) << crypto::seal_pkcs8(key, bytes_of(kPhrase)).value(); }
  static net::Response waiting(const std::string& kind, ByteView payload, ByteView common = {}) {
    json::object info{{"kind", kind}, {"subject", "7"}, {"state", "waiting"}};
    return net::json_response(200, json::serialize(json::object{{"info", std::move(info)},
                                                                {"octets", "00"},
                                                                {"payload", to_hex(payload)},
                                                                {"common", to_hex(common)},
                                                                {"object", ""}}));
  }
  int sign(const net::Response& answer) { return sign(answer, {"--key", file}, kPhrase); }
  int sign(const net::Response& answer, const std::vector<std::string>& which, const std::string& secret) {
    server.on("GET", std::string("/api/v1/signings/") + kSigningId, answer);
    server.on("POST", std::string("/api/v1/signings/") + kSigningId + "/signatures", answer);
    server.start();
    server.log_in();
    std::vector<std::string> words{"signings", "sign", kSigningId};
    words.insert(words.end(), which.begin(), which.end());
    return server.run(words, secret + "\n");
  }
  [[nodiscard]] Result<> signed_as(std::string_view kind, ByteView payload) { return signed_as(kind, payload, key); }
  [[nodiscard]] Result<> signed_as(std::string_view kind, ByteView payload, const crypto::Sm2PrivateKey& key) {
    const auto body = json::parse(server.asked().at(1).body).as_object();
    EXPECT_EQ(body.at("key").as_string(), to_hex(key.public_key().key_id()));
    const auto signature = from_hex(std::string(body.at("signature").as_string()));
    return signature ? key.public_key().verify(pki::octets_to_sign(kind, payload), *signature)
                     : Result<>(signature.error());
  }
};

TEST_F(SigningCommands, AKeyIsAddedWithAProofForThisAccount) {
  server.on("POST", "/api/v1/signing-keys",
            net::json_response(201, R"({"id":"1","account":"secadmin","label":"office"})"));
  server.start();
  server.log_in();
  ASSERT_EQ(server.run({"signing-keys", "add", "--key", file, "--label", "office"}, std::string(kPhrase) + "\n"), kDone)
      << server.err();
  const auto body = json::parse(server.asked().at(0).body).as_object();
  EXPECT_EQ(body.size(), 3U);
  EXPECT_EQ(body.at("label").as_string(), "office");
  EXPECT_EQ(body.at("spki").as_string(), to_hex(key.public_key().spki()));
  const auto proof = from_hex(std::string(body.at("proof").as_string()));
  ASSERT_TRUE(proof);
  EXPECT_TRUE(key.public_key().verify(pki::octets_to_sign("signing-key", bytes_of("secadmin")), *proof));
}

TEST_F(SigningCommands, ARuleIsProposedWithANumberForEachAct) {
  server.on("POST", "/api/v1/person-rule", net::json_response(202, R"({"id":"1","state":"waiting","kind":"persons"})"));
  server.start();
  server.log_in();
  ASSERT_EQ(server.run({"signers",     "propose",   "--keys", "a,b",      "--policy", "2",        "--baseline",
                        "1",           "--release", "1",      "--action", "1",        "--cut",    "0",
                        "--uninstall", "2",         "--rule", "2",        "--reason", "two of us"}),
            kDone)
      << server.err();
  const auto body = json::parse(server.asked().at(0).body).as_object();
  EXPECT_EQ(body, (json::object{{"keys", json::array{"a", "b"}},
                                {"needed", json::object{{"policy", 2},
                                                        {"baseline", 1},
                                                        {"release", 1},
                                                        {"action", 1},
                                                        {"cut", 0},
                                                        {"uninstall", 2},
                                                        {"rule", 2}}},
                                {"reason", "two of us"}}));
}

TEST_F(SigningCommands, AnOrderIsShownOutOfItsOctetsAndSigned) {
  v1::Order order;
  order.set_kind(v1::RELEASE);
  order.set_reason("looked at");
  const auto payload = schema::serialise(order);
  ASSERT_EQ(sign(waiting("order", payload)), kDone) << server.err();
  EXPECT_THAT(server.err(), HasSubstr("looked at"));
  EXPECT_TRUE(signed_as("order", payload));
}

TEST_F(SigningCommands, AUkeySignsWhatAFileSigns) {
  const testing::UkeyFiles ukey(server.file("ukey"));
  const auto payload = schema::serialise([] {
    v1::Order out;
    out.set_kind(v1::RELEASE);
    return out;
  }());
  ASSERT_EQ(sign(waiting("order", payload), {"--skf", ukey.library()}, testing::UkeyFiles::kPin), kDone)
      << server.err();
  EXPECT_TRUE(signed_as("order", payload, ukey.key));
}

TEST_F(SigningCommands, AUkeyIsAddedAsAKeyIs) {
  const testing::UkeyFiles ukey(server.file("ukey"));
  server.on("POST", "/api/v1/signing-keys",
            net::json_response(201, R"({"id":"1","account":"secadmin","label":"blue"})"));
  server.start();
  server.log_in();
  ASSERT_EQ(server.run({"signing-keys", "add", "--skf", ukey.library(), "--label", "blue"}, "Pin-1234\n"), kDone)
      << server.err();
  const auto body = json::parse(server.asked().at(0).body).as_object();
  EXPECT_EQ(body.at("spki").as_string(), to_hex(ukey.key.public_key().spki()));
  const auto proof = from_hex(std::string(body.at("proof").as_string()));
  EXPECT_TRUE(ukey.key.public_key().verify(pki::octets_to_sign("signing-key", bytes_of("secadmin")), *proof));
}

TEST_F(SigningCommands, AWrongPinOrAKeyThatIsNotSaidSendsNothing) {
  const testing::UkeyFiles ukey(server.file("ukey"));
  server.on("GET", std::string("/api/v1/signings/") + kSigningId, waiting("baseline", Bytes{}));
  server.start();
  server.log_in();
  const auto run = [&](std::vector<std::string> which, const std::string& typed) {
    std::vector<std::string> words{"signings", "sign", kSigningId};
    words.insert(words.end(), which.begin(), which.end());
    return server.run(words, typed);
  };
  EXPECT_NE(run({"--skf", ukey.library()}, "wrong-pin\n"), kDone);
  EXPECT_THAT(server.err(), HasSubstr("wrong PIN"));
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_NE(run({}, ""), kDone);
  EXPECT_NE(run({"--key", file, "--skf", ukey.library()}, ""), kDone);
  EXPECT_NE(run({"--skf", "/nonexistent.so"}, ""), kDone);
  EXPECT_EQ(server.asked().size(), 1U) << "not even looked at";
}

TEST_F(SigningCommands, APolicyIsSignedWhereItIsTheOneOfTheDigest) {
  const auto common = schema::serialise([] {
    v1::PolicyBundle out;
    out.mutable_network()->set_mode(v1::ENFORCE);
    return out;
  }());
  v1::PolicyApproval approval;
  approval.set_version(1);
  approval.set_common(copy_text(crypto::sm3(common)));
  const auto payload = schema::serialise(approval);
  ASSERT_EQ(sign(waiting("policy", payload, common)), kDone) << server.err();
  EXPECT_THAT(server.err(), HasSubstr("ENFORCE"));
  EXPECT_TRUE(signed_as("policy-approval", payload));
}

TEST_F(SigningCommands, APolicyOtherThanTheOneShownIsNotSigned) {
  v1::PolicyApproval approval;
  approval.set_common(std::string(32, 'x'));
  EXPECT_NE(sign(waiting("policy", schema::serialise(approval), Bytes{})), kDone);
  EXPECT_EQ(server.asked().size(), 1U) << "nothing was sent";
  EXPECT_THAT(server.err(), HasSubstr("not the one to be approved"));
}

TEST_F(SigningCommands, AKindThatNobodyKnowsIsNotSigned) {
  EXPECT_NE(sign(waiting("cheque", bytes_of("pay"))), kDone);
  EXPECT_EQ(server.asked().size(), 1U);
}

TEST_F(SigningCommands, AWrongPassphraseSendsNothing) {
  server.on("GET", std::string("/api/v1/signings/") + kSigningId, waiting("baseline", Bytes{}));
  server.start();
  server.log_in();
  EXPECT_NE(server.run({"signings", "sign", kSigningId, "--key", file}, "wrong\n"), kDone);
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_THAT(server.err(), HasSubstr("decrypt_failed"));
}

}  // namespace
}  // namespace kw::cli
