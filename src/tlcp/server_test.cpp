// The server against clients of other habits, and against clients that cheat.
#include <gtest/gtest.h>

#include "tests/support/tlcp/scripted_client.h"

namespace kw::tlcp::testing {
namespace {

struct Scene {
  explicit Scene(ClientAuth auth = ClientAuth::required)
      : server(std::make_shared<ServerConfig>(server_config(auth)), random, clock) {
    client.certificates = {pki_certificate("client_sign").der(), pki_certificate("client_enc").der(),
                           pki_certificate("sub").der()};
  }
  /// play runs the whole handshake; the server's last flight stays in `last`.
  void play() {
    if (server.receive(client.hello())) Pair::deliver(server, client.answer(server.take_output()));
    last = server.take_output();
  }
  [[nodiscard]] std::optional<Failure> failure() const {
    return server.failure() ? std::optional(server.failure()->failure) : std::nullopt;
  }
  CountingRandom random{3};
  StandingClock clock;
  Server server;
  ScriptedClient client;
  Bytes last;
};

TEST(Server, admits_a_list_of_signing_encryption_and_ca) {
  Scene scene;
  scene.play();
  ASSERT_EQ(scene.server.state(), State::open);
  EXPECT_TRUE(scene.server.peer()->encryption);
}

TEST(Server, admits_a_list_of_signing_and_ca_signed_over_the_octets) {
  Scene scene;
  scene.client.certificates.erase(scene.client.certificates.begin() + 1);
  scene.client.sign_octets = true;
  scene.play();
  ASSERT_EQ(scene.server.state(), State::open);
  EXPECT_FALSE(scene.server.peer()->encryption);
}

TEST(Server, refuses_a_signing_certificate_alone_where_policy_says_so) {
  Scene scene;
  auto config = server_config();
  config.need_client_encryption = true;
  Server strict(std::make_shared<ServerConfig>(config), scene.random, scene.clock);
  scene.client.certificates.erase(scene.client.certificates.begin() + 1);
  ASSERT_TRUE(strict.receive(scene.client.hello()));
  Pair::deliver(strict, scene.client.answer(strict.take_output()));
  EXPECT_EQ(strict.failure()->failure, Failure::certificate_refused);
}

TEST(Server, ignores_extensions_and_suites_that_it_does_not_know) {
  Scene scene(ClientAuth::none);
  const Bytes junk(100, 0xAB);
  const Bytes zero{0};
  scene.client.change_hello = [&](ClientHello& h) {
    h.suites = {0xE011, 0x00ff, 0x1301, 0xE053};
    h.extensions = {{0x0023, {}}, {0xff01, zero}, {0x1234, junk}};
  };
  ASSERT_TRUE(scene.server.receive(scene.client.hello()));
  const auto flight = scene.server.take_output();
  const auto first = split_records(flight).front();
  EXPECT_TRUE(parse_server_hello(ByteView(first).subspan(kRecordHeader + 4)).value().extensions.empty());
  Pair::deliver(scene.server, scene.client.answer(flight));
  EXPECT_EQ(scene.server.state(), State::open);
}

TEST(Server, refuses_hellos_of_other_versions_and_without_null_compression) {
  const std::vector<std::pair<std::function<void(ClientHello&)>, Failure>> cases{
      {[](ClientHello& h) { h.version = 0x0303; }, Failure::wrong_version},
      {[](ClientHello& h) { h.version = 0x0100; }, Failure::wrong_version},
      {[](ClientHello& h) { h.version = 0x0102; }, Failure::wrong_version},
      {[](ClientHello& h) { h.null_compression = false; }, Failure::illegal_parameter},
      {[](ClientHello& h) { h.suites = {0xE011, 0xE051}; }, Failure::no_common_suite},
      {[](ClientHello& h) { h.extensions = {{kExtensionServerName, {}}}; }, Failure::malformed_message},
  };
  for (const auto& [change, failure] : cases) {
    Scene scene;
    scene.client.change_hello = change;
    scene.play();
    EXPECT_EQ(scene.failure(), failure);
    EXPECT_EQ(alert_in(scene.last), alert_for(failure));
  }
}

TEST(Server, learns_of_a_false_pre_master_only_at_the_finished) {
  const std::vector<std::function<void(ScriptedClient&)>> cases{
      [](ScriptedClient& c) { c.change_ciphertext = [](Bytes& b) { b.back() ^= 1; }; },
      [](ScriptedClient& c) { c.change_ciphertext = [](Bytes& b) { b = {1, 2, 3}; }; },
      [](ScriptedClient& c) { c.change_pre_master = [](Bytes& b) { b[1] = 3; }; },
      [](ScriptedClient& c) { c.change_pre_master = [](Bytes& b) { b.pop_back(); }; },
      [](ScriptedClient& c) { c.change_pre_master = [](Bytes& b) { b.resize(1); }; },
  };
  for (const auto& change : cases) {
    Scene scene;
    change(scene.client);
    scene.play();
    EXPECT_EQ(scene.failure(), Failure::bad_record_mac);
    EXPECT_EQ(scene.server.handshake_state(), HandshakeState::server_wait_finished);
    EXPECT_EQ(alert_in(scene.last), Alert::bad_record_mac);
  }
}

TEST(Server, refuses_a_certificate_without_proof_of_its_key) {
  Scene wrong;
  wrong.client.verify_key = pki_key("client_enc");
  wrong.play();
  EXPECT_EQ(wrong.failure(), Failure::bad_peer_signature);
  EXPECT_EQ(alert_in(wrong.last), Alert::bad_certificate);
  Scene none;
  none.client.skip_verify = true;
  none.play();
  EXPECT_EQ(none.failure(), Failure::unexpected_message);
}

TEST(Server, refuses_a_false_finished) {
  Scene scene;
  scene.client.change_finished = [](Bytes& b) { b[11] ^= 1; };
  scene.play();
  EXPECT_EQ(scene.failure(), Failure::bad_finished);
  Scene longer;
  longer.client.change_finished = [](Bytes& b) { b.push_back(0); };
  longer.play();
  EXPECT_EQ(longer.failure(), Failure::malformed_message);
}

TEST(Server, takes_empty_records_and_warnings_but_not_without_end) {
  Scene scene;
  scene.play();
  ASSERT_EQ(scene.server.state(), State::open);
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(scene.server.receive(scene.client.sealed(ContentType::application_data, {})));
  ASSERT_TRUE(scene.server.receive(scene.client.sealed(ContentType::application_data, bytes_of("x"))));
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(scene.server.receive(scene.client.sealed(ContentType::application_data, {})));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(scene.server.receive(scene.client.sealed(ContentType::alert, Bytes{1, 90})));
  EXPECT_FALSE(scene.server.receive(scene.client.sealed(ContentType::alert, Bytes{1, 90})));
  EXPECT_EQ(scene.failure(), Failure::too_many_empty);
}

TEST(Server, does_not_renegotiate) {
  for (const auto type : {HandshakeType::client_hello, HandshakeType::hello_request, HandshakeType::finished}) {
    Scene scene;
    scene.play();
    ASSERT_EQ(scene.server.state(), State::open);
    EXPECT_FALSE(scene.server.receive(scene.client.sealed(ContentType::handshake, encode_handshake(type, {}))));
    EXPECT_EQ(scene.failure(), Failure::unexpected_message);
  }
}

TEST(Server, bounds_the_handshake) {
  Scene scene;
  Bytes endless{1, 0x00, 0xff, 0xfc};  // a ClientHello just above the bound with its header
  ASSERT_FALSE(scene.server.receive(encode_record(ContentType::handshake, Bytes{1, 0x00, 0xff, 0xfd})));
  EXPECT_EQ(scene.failure(), Failure::message_too_large);
  Scene large;
  ASSERT_TRUE(large.server.receive(encode_record(ContentType::handshake, endless)));
  EXPECT_FALSE(large.server.receive(encode_record(ContentType::handshake, Bytes(kMaxPlaintext + 1))));
  EXPECT_EQ(large.failure(), Failure::record_too_large);
}

TEST(Server, fails_closed_without_an_encryption_key) {
  auto config = server_config(ClientAuth::none);
  config.identity.encryption_key.reset();
  Pair pair(client_config(), config);
  pair.run();
  EXPECT_EQ(pair.server.failure()->failure, Failure::crypto_failed);
  EXPECT_EQ(pair.client.failure()->peer_alert, Alert::internal_error);
}

TEST(Server, a_verifier_of_its_own_decides) {
  auto config = server_config();
  config.verifier = [](const std::vector<Bytes>&, const pki::TrustStore&, Timestamp, bool)
      -> tl::expected<pki::PeerCertificates, pki::Refusal> { return tl::unexpected(pki::Refusal::revoked); };
  Pair pair(client_config(), config);
  pair.run();
  EXPECT_EQ(pair.server.failure()->refusal, pki::Refusal::revoked);
  EXPECT_EQ(pair.server.failure()->text(), "certificate_refused: revoked");
}

}  // namespace
}  // namespace kw::tlcp::testing
