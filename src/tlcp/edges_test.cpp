// Every edge of the state table is walked, and every pair that is not in it is refused.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {
namespace {

using S = HandshakeState;

// A pair that moves one record at a time and can stop before any of them.
struct Stepper {
  explicit Stepper(ClientAuth auth, bool shows) : pair(make_client(shows), make_server(auth)) { refill(); }

  ClientConfig make_client(bool shows) {
    auto out = client_config(shows);
    out.suites = {Suite::ecc_sm4_gcm_sm3};
    return out;
  }
  ServerConfig make_server(ClientAuth auth) {
    auto out = server_config(auth);
    out.key_log = [this](std::string_view line) { master = from_hex(line.substr(line.rfind(' ') + 1)).value(); };
    return out;
  }
  void refill() {
    for (auto& r : split_records(pair.client.take_output())) to_server.push_back(std::move(r));
    for (auto& r : split_records(pair.server.take_output())) to_client.push_back(std::move(r));
  }
  /// step delivers one record; false when there is none.
  bool step() {
    auto& queue = to_server.empty() ? to_client : to_server;
    auto& end = to_server.empty() ? static_cast<Connection&>(pair.client) : pair.server;
    if (queue.empty()) return false;
    const auto before = end.handshake_state();
    EXPECT_TRUE(end.receive(queue.front())) << name(before);
    queue.erase(queue.begin());
    if (end.handshake_state() != before) {
      EXPECT_TRUE(leads(before, end.handshake_state())) << name(before) << " to " << name(end.handshake_state());
      walked.insert({before, end.handshake_state()});
    }
    refill();
    return true;
  }
  /// sealer protects as the peer of `end` would, from its first protected record on.
  std::unique_ptr<RecordProtection> sealer(const Connection& end) {
    auto keys = key_block(Suite::ecc_sm4_gcm_sm3, SecretBytes(copy(master)), end.client_random(), end.server_random());
    auto& theirs = &end == &pair.client ? keys.server : keys.client;
    return make_protection(Suite::ecc_sm4_gcm_sm3, std::move(theirs), pair.client_random).value();
  }

  Bytes master;
  Pair pair;
  std::vector<Bytes> to_server, to_client;
  std::set<std::pair<S, S>> walked;
};

const std::vector<std::pair<ClientAuth, bool>> kRoads{
    {ClientAuth::none, false}, {ClientAuth::requested, false}, {ClientAuth::required, true}};

TEST(HandshakeTable, every_edge_is_walked) {
  std::set<std::pair<S, S>> walked;
  for (const auto& [auth, shows] : kRoads) {
    Stepper stepper(auth, shows);
    while (stepper.step()) {
    }
    EXPECT_TRUE(stepper.pair.open());
    walked.merge(stepper.walked);
  }
  for (const auto& edge : handshake_edges()) {
    if (edge.from == edge.to) continue;  // application data: loopback_test
    EXPECT_TRUE(walked.contains({edge.from, edge.to})) << name(edge.from) << " to " << name(edge.to);
  }
}

Bytes plain_input(Input input, ContentType& type) {
  type = ContentType::handshake;
  const auto message = [](HandshakeType t) { return encode_handshake(t, {}); };
  switch (input) {
    case Input::client_hello: return message(HandshakeType::client_hello);
    case Input::server_hello: return message(HandshakeType::server_hello);
    case Input::certificate: return message(HandshakeType::certificate);
    case Input::server_key_exchange: return message(HandshakeType::server_key_exchange);
    case Input::certificate_request: return message(HandshakeType::certificate_request);
    case Input::server_hello_done: return message(HandshakeType::server_hello_done);
    case Input::client_key_exchange: return message(HandshakeType::client_key_exchange);
    case Input::certificate_verify: return message(HandshakeType::certificate_verify);
    case Input::finished: return message(HandshakeType::finished);
    case Input::other: return message(HandshakeType::new_session_ticket);
    case Input::change_cipher_spec: type = ContentType::change_cipher_spec; return {1};
    case Input::application_data: type = ContentType::application_data; return {'x'};
  }
  return {};
}

TEST(HandshakeTable, every_other_pair_is_refused) {
  std::set<S> tried;
  for (const auto& [auth, shows] : kRoads) {
    for (std::size_t stop = 0;; ++stop) {
      std::set<S> here;
      {
        Stepper look(auth, shows);
        std::size_t steps = 0;
        while (steps < stop && look.step()) ++steps;
        if (steps < stop) break;
        if (tried.contains(look.pair.client.handshake_state()) && tried.contains(look.pair.server.handshake_state()))
          continue;
      }
      for (int i = 0; i < kInputs; ++i) {
        for (const bool at_client : {true, false}) {
          Stepper stepper(auth, shows);
          std::size_t steps = 0;
          while (steps < stop && stepper.step()) ++steps;
          auto& end = at_client ? static_cast<Connection&>(stepper.pair.client) : stepper.pair.server;
          const auto state = end.handshake_state();
          const auto input = static_cast<Input>(i);
          if (tried.contains(state)) continue;
          here.insert(state);
          if (accepts(state, input)) continue;
          ContentType type{};
          auto content = plain_input(input, type);
          const bool sealed = state == S::client_wait_finished || state == S::server_wait_finished || state == S::open;
          if (sealed) {
            const auto sealer = stepper.sealer(end);
            if (state == S::open) {
              ASSERT_TRUE(sealer->seal(ContentType::handshake, {}));  // the Finished before
            }
            content = sealer->seal(type, content).value();
          }
          EXPECT_FALSE(end.receive(encode_record(type, content))) << name(state) << " " << name(input);
          ASSERT_TRUE(end.failure()) << name(state) << " " << name(input);
          EXPECT_EQ(end.failure()->failure, Failure::unexpected_message) << name(state) << " " << name(input);
          EXPECT_EQ(end.state(), State::failed);
          EXPECT_TRUE(end.has_output());
        }
      }
      tried.merge(here);
    }
  }
  EXPECT_EQ(tried.size(), static_cast<std::size_t>(kHandshakeStates));
}

TEST(HandshakeTable, a_message_may_not_lie_across_the_change_of_keys) {
  Stepper stepper(ClientAuth::none, false);
  while (stepper.pair.server.handshake_state() != S::server_wait_change) ASSERT_TRUE(stepper.step());
  ASSERT_TRUE(stepper.pair.server.receive(encode_record(ContentType::handshake, Bytes{20, 0})));
  EXPECT_FALSE(stepper.pair.server.receive(encode_record(ContentType::change_cipher_spec, Bytes{1})));
  EXPECT_EQ(stepper.pair.server.failure()->failure, Failure::unexpected_message);
}

TEST(HandshakeTable, a_malformed_change_of_keys_or_alert_is_refused) {
  for (const auto& content : {Bytes{}, Bytes{2}, Bytes{1, 1}}) {
    Stepper stepper(ClientAuth::none, false);
    while (stepper.pair.server.handshake_state() != S::server_wait_change) ASSERT_TRUE(stepper.step());
    EXPECT_FALSE(stepper.pair.server.receive(encode_record(ContentType::change_cipher_spec, content)));
    EXPECT_EQ(stepper.pair.server.failure()->failure, Failure::malformed_message);
  }
  for (const auto& content : {Bytes{}, Bytes{1}, Bytes{3, 0}, Bytes{1, 0, 0}}) {
    Pair pair;
    EXPECT_FALSE(pair.server.receive(encode_record(ContentType::alert, content)));
    EXPECT_EQ(pair.server.failure()->failure, Failure::malformed_message);
  }
}

TEST(HandshakeTable, a_fatal_alert_ends_every_state) {
  for (std::size_t stop = 0; stop < 8; ++stop) {
    Stepper stepper(ClientAuth::none, false);
    for (std::size_t i = 0; i < stop; ++i) ASSERT_TRUE(stepper.step());
    auto& server = stepper.pair.server;
    if (server.handshake_state() == S::server_wait_finished) continue;  // alerts are sealed from here on
    EXPECT_EQ(server.receive(encode_record(ContentType::alert, Bytes{2, 40})).code(), Errc::closed);
    EXPECT_EQ(server.failure()->peer_alert, Alert::handshake_failure);
    EXPECT_EQ(server.failure()->text(), "peer_alert: handshake_failure (40)");
  }
}

}  // namespace
}  // namespace kw::tlcp::testing
