// Conversations of two other implementations (tests/vectors/tlcp), opened with the server's key and with the engine.
#include <gmock/gmock.h>

#include "tests/support/tlcp/transcript.h"

namespace kw::tlcp::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

class EccTranscript : public ::testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] bool has(std::string_view word) const { return GetParam().find(word) != std::string::npos; }
};

TEST_P(EccTranscript, every_record_message_and_signature_is_right) {
  const auto transcript = Transcript::load(GetParam());
  const auto seen = Observer().run(transcript);
  EXPECT_EQ(seen.suite, has("gcm") ? 0xE053 : 0xE013);
  EXPECT_TRUE(seen.server_signature);
  EXPECT_TRUE(seen.client_finished);
  EXPECT_TRUE(seen.server_finished);
  EXPECT_EQ(seen.server->signing.subject().common_name, "localhost");
  EXPECT_EQ(seen.client_signature, has("mutual"));
  EXPECT_EQ(seen.client.has_value(), has("mutual"));
  if (has("mutual")) {
    EXPECT_EQ(seen.client->signing.subject().common_name, "kiosk-0001");
    EXPECT_EQ(seen.client_signed_hash, has("impl1"));
    EXPECT_EQ(seen.client->encryption.has_value(), has("impl1"));
  }
  EXPECT_TRUE(seen.request.starts_with("GET / HTTP/1.0\r\n")) << seen.request;
  EXPECT_TRUE(seen.reply.starts_with("HTTP/1.0 200")) << seen.reply;
  EXPECT_EQ(seen.empty_records, has("impl1") ? 2 : 0);
  EXPECT_EQ(seen.close_notifies, 2);
}

TEST_P(EccTranscript, master_secret_is_the_logged_one) {
  const auto transcript = Transcript::load(GetParam());
  const auto seen = Observer().run(transcript);
  if (has("impl2")) {
    EXPECT_TRUE(transcript.masters.empty());
    return;
  }
  EXPECT_EQ(transcript.masters.at(seen.client_random_hex), seen.master_hex);
}

INSTANTIATE_TEST_SUITE_P(All, EccTranscript,
                         ::testing::Values("tlcp-ecc-cbc-mutual-impl1", "tlcp-ecc-cbc-mutual-impl2",
                                           "tlcp-ecc-cbc-oneway-impl1", "tlcp-ecc-cbc-oneway-impl2",
                                           "tlcp-ecc-gcm-mutual-impl1", "tlcp-ecc-gcm-mutual-impl2",
                                           "tlcp-ecc-gcm-oneway-impl1", "tlcp-ecc-gcm-oneway-impl2"));

class EcdheTranscript : public ::testing::TestWithParam<std::string> {};

TEST_P(EcdheTranscript, is_framed_and_certified_and_its_suite_is_not_spoken) {
  const auto transcript = Transcript::load(GetParam());
  const auto seen = Observer().run(transcript);
  EXPECT_THAT(seen.server_messages, Contains(HandshakeType::server_key_exchange));
  EXPECT_EQ(seen.server->signing.subject().common_name, "localhost");
  EXPECT_TRUE(seen.server->encryption);
  EXPECT_EQ(seen.client->signing.subject().common_name, "kiosk-0001");
  EXPECT_TRUE(seen.client_signature);
  EXPECT_FALSE(find_suite(seen.suite));
  EXPECT_THAT(seen.offered, Contains(seen.suite));

  Pair ours;
  const auto hello = split_records(transcript.pieces.front().octets).front();
  EXPECT_FALSE(ours.server.receive(hello));
  EXPECT_EQ(ours.server.failure()->failure, Failure::no_common_suite);
  EXPECT_EQ(alert_in(ours.server.take_output()), Alert::handshake_failure);
  const auto answer = split_records(transcript.pieces.at(1).octets).front();
  EXPECT_FALSE(ours.client.receive(answer));
  EXPECT_EQ(ours.client.failure()->failure, Failure::illegal_parameter);
}

INSTANTIATE_TEST_SUITE_P(All, EcdheTranscript,
                         ::testing::Values("tlcp-ecdhe-cbc-mutual-impl1", "tlcp-ecdhe-cbc-mutual-impl2",
                                           "tlcp-ecdhe-gcm-mutual-impl1", "tlcp-ecdhe-gcm-mutual-impl2"));

TEST(Tls13Transcript, its_hello_is_refused_without_downgrade) {
  const auto transcript = Transcript::load("tls13-sm4-gcm-mutual-impl1");
  Pair ours;
  EXPECT_FALSE(ours.server.receive(transcript.pieces.front().octets));
  EXPECT_EQ(ours.server.failure()->failure, Failure::wrong_version);
  EXPECT_EQ(alert_in(ours.server.take_output()), Alert::protocol_version);
}

}  // namespace
}  // namespace kw::tlcp::testing
