// Client against server in memory: suites, client authentication, cutting, closing, sizes.
#include <gtest/gtest.h>

#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {
namespace {

std::string drain(Connection& c) { return copy_text(c.take_received()); }

class Loopback : public ::testing::TestWithParam<std::tuple<Suite, ClientAuth, bool>> {};

TEST_P(Loopback, talks_in_pieces_of_any_size) {
  const auto [suite, auth, shows] = GetParam();
  for (const std::size_t piece : {0UL, 1UL, 7UL, 1000UL}) {
    std::string client_log, server_log;
    auto c = client_config(shows);
    c.suites = {suite};
    c.key_log = [&](std::string_view line) { client_log = line; };
    auto s = server_config(auth);
    s.key_log = [&](std::string_view line) { server_log = line; };
    Pair pair(c, s);
    pair.run(piece);
    const bool admitted = auth != ClientAuth::required || shows;
    ASSERT_EQ(pair.open(), admitted);
    if (!admitted) {
      EXPECT_EQ(pair.server.failure()->failure, Failure::certificate_missing);
      EXPECT_EQ(pair.client.failure()->peer_alert, Alert::bad_certificate);
      continue;
    }
    EXPECT_EQ(pair.client.suite(), suite);
    EXPECT_EQ(pair.server.suite(), suite);
    EXPECT_EQ(pair.server.server_name(), "localhost");
    EXPECT_EQ(pair.client.channel_binding().size(), 32U);
    EXPECT_EQ(pair.client.channel_binding(), pair.server.channel_binding());
    EXPECT_EQ(client_log, server_log);
    EXPECT_TRUE(client_log.starts_with("CLIENT_RANDOM " + to_hex(pair.client.client_random()) + " "));
    ASSERT_EQ(pair.server.peer().has_value(), auth != ClientAuth::none && shows);
    if (pair.server.peer()) {
      EXPECT_EQ(pair.server.peer()->signing.subject().common_name, "kiosk-0001");
    }
    EXPECT_EQ(pair.client.peer()->signing.subject().common_name, "localhost");

    ASSERT_TRUE(pair.client.send(bytes_of("hello")));
    ASSERT_TRUE(pair.server.send(bytes_of("welcome")));
    ASSERT_TRUE(pair.server.send(bytes_of(" back")));
    pair.run(piece);
    EXPECT_EQ(drain(pair.server), "hello");
    EXPECT_EQ(drain(pair.client), "welcome back");
    pair.client.close();
    EXPECT_EQ(pair.client.state(), State::closing);
    pair.run(piece);
    EXPECT_EQ(pair.client.state(), State::closed);
    EXPECT_EQ(pair.server.state(), State::closed);
    EXPECT_EQ(pair.server.send(bytes_of("late")).code(), Errc::wrong_state);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Loopback,
                         ::testing::Combine(::testing::ValuesIn(kSuites),
                                            ::testing::Values(ClientAuth::none, ClientAuth::requested,
                                                              ClientAuth::required),
                                            ::testing::Bool()));

TEST(Connection, large_data_is_cut_into_records_and_arrives_whole) {
  Pair pair;
  pair.run();
  CountingRandom random(9);
  const auto data = random.bytes(100'000);
  ASSERT_TRUE(pair.client.send(data));
  const auto wire = pair.client.take_output();
  const auto records = split_records(wire);
  EXPECT_EQ(records.size(), 7U);
  for (const auto& r : records) EXPECT_LE(r.size(), kRecordHeader + kMaxFragment);
  Pair::deliver(pair.server, wire, 333);
  EXPECT_EQ(pair.server.take_received(), data);
}

TEST(Connection, the_server_prefers_its_own_order) {
  auto s = server_config(ClientAuth::none);
  s.suites = {Suite::ecc_sm4_cbc_sm3, Suite::ecc_sm4_gcm_sm3};
  Pair pair(client_config(), s);
  pair.run();
  EXPECT_EQ(pair.client.suite(), Suite::ecc_sm4_cbc_sm3);
}

TEST(Connection, without_a_common_suite_both_know) {
  auto c = client_config();
  c.suites = {Suite::ecc_sm4_cbc_sm3};
  auto s = server_config();
  s.suites = {Suite::ecc_sm4_gcm_sm3};
  Pair pair(c, s);
  pair.run();
  EXPECT_EQ(pair.server.failure()->failure, Failure::no_common_suite);
  EXPECT_EQ(pair.client.failure()->failure, Failure::peer_alert);
  EXPECT_EQ(pair.client.failure()->peer_alert, Alert::handshake_failure);
}

TEST(Connection, a_stream_that_just_ends_is_truncated) {
  Pair pair;
  pair.run();
  EXPECT_EQ(pair.client.end_of_stream().code(), Errc::truncated);
  EXPECT_EQ(pair.client.failure()->failure, Failure::truncated);
  EXPECT_EQ(pair.client.state(), State::failed);
  Pair early;
  EXPECT_EQ(early.server.end_of_stream().code(), Errc::truncated);
}

TEST(Connection, closing_in_the_handshake_tells_the_peer) {
  Pair pair;
  Pair::carry(pair.client, pair.server);
  pair.client.close();
  EXPECT_EQ(pair.client.state(), State::closed);
  pair.run();
  EXPECT_EQ(pair.server.failure()->peer_alert, Alert::close_notify);
}

TEST(Connection, nothing_is_sent_before_the_handshake_or_after_a_failure) {
  Pair pair;
  EXPECT_EQ(pair.client.send(bytes_of("early")).code(), Errc::wrong_state);
  EXPECT_FALSE(pair.client.receive(bytes_of("HTTP/1.1 400 Bad Request\r\n")));
  EXPECT_EQ(pair.client.failure()->failure, Failure::malformed_record);
  EXPECT_EQ(pair.client.send(bytes_of("late")).code(), Errc::wrong_state);
  EXPECT_EQ(pair.client.receive(bytes_of("more")).code(), Errc::wrong_state);
}

TEST(Connection, extensions_can_be_left_out) {
  auto c = client_config();
  c.extensions = false;
  Pair pair(c, server_config());
  const auto record = pair.client.take_output();
  const auto hello = parse_client_hello(ByteView(record).subspan(kRecordHeader + 4));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->extensions.empty());
  Pair::deliver(pair.server, record);
  pair.run();
  EXPECT_TRUE(pair.open());
  EXPECT_EQ(pair.server.server_name(), "");
}

TEST(Connection, figures_count_the_wire) {
  Pair pair;
  pair.run();
  EXPECT_EQ(pair.client.figures().handshake_out, pair.server.figures().handshake_in);
  EXPECT_EQ(pair.client.figures().handshake_in, pair.server.figures().handshake_out);
  ASSERT_TRUE(pair.client.send(bytes_of("x")));
  const auto wire = pair.client.take_output();
  EXPECT_EQ(pair.client.figures().octets_out, pair.client.figures().handshake_out + wire.size());
}

TEST(Connection, a_changed_octet_never_opens_a_connection_or_changes_data) {
  for (const bool from_client : {true, false}) {
    Pair reference;
    Pair::carry(reference.client, reference.server);
    std::size_t size = 0;
    if (from_client) {
      Pair::carry(reference.server, reference.client);
      size = reference.client.take_output().size();
    } else {
      size = reference.server.take_output().size();
    }
    // Every octet of the beginning, and then a sample that drifts over all fields, keeps the test quick.
    for (std::size_t at = 0; at < size; at += at < 60 ? 1 : 7) {
      Pair pair;
      Pair::carry(pair.client, pair.server);
      if (from_client) Pair::carry(pair.server, pair.client);
      auto& sender = from_client ? static_cast<Connection&>(pair.client) : pair.server;
      auto& receiver = from_client ? static_cast<Connection&>(pair.server) : pair.client;
      auto flight = sender.take_output();
      if (at >= flight.size()) break;  // signatures differ in length by an octet or two
      flight[at] ^= 0x20;
      Pair::deliver(receiver, flight);
      pair.run();
      EXPECT_FALSE(pair.open()) << "octet " << at << (from_client ? " of the client" : " of the server");
    }
  }
}

TEST(Connection, a_changed_record_of_data_is_fatal_wherever_it_changed) {
  for (const auto suite : kSuites) {
    auto c = client_config();
    c.suites = {suite};
    for (std::size_t at = kRecordHeader;; ++at) {
      static const auto server = server_config(ClientAuth::none);
      Pair pair(c, server);
      pair.run();
      ASSERT_TRUE(pair.client.send(bytes_of("sum=100")));
      auto wire = pair.client.take_output();
      if (at >= wire.size()) break;
      wire[at] ^= 0x01;
      EXPECT_EQ(pair.server.receive(wire).code(), Errc::decrypt_failed);
      EXPECT_EQ(pair.server.failure()->failure, Failure::bad_record_mac);
      EXPECT_FALSE(pair.server.has_received());
    }
  }
}

TEST(Connection, a_replayed_or_missing_record_is_fatal) {
  Pair pair;
  pair.run();
  ASSERT_TRUE(pair.client.send(bytes_of("one")));
  const auto one = pair.client.take_output();
  ASSERT_TRUE(pair.server.receive(one));
  EXPECT_FALSE(pair.server.receive(one));
  EXPECT_EQ(pair.server.failure()->failure, Failure::bad_record_mac);
}

}  // namespace
}  // namespace kw::tlcp::testing
