#include "agent/boundary/frame.h"

#include <gtest/gtest.h>

#include <functional>

#include "schema/codec.h"

namespace kw::agent {
namespace {

v1::LinkMessage beat(std::uint64_t counter) {
  v1::LinkMessage out;
  out.mutable_beat()->set_counter(counter);
  return out;
}
template <class Message>
Bytes octets(Message message, std::uint32_t version = 1) {
  message.set_version(version);
  return schema::serialise(message);
}

TEST(Frame, ComesBackWholeHoweverItIsCut) {
  Bytes stream;
  for (std::uint64_t i = 1; i <= 3; ++i) append(stream, *encode_frame(beat(i)));
  FrameReader reader;
  std::uint64_t seen = 0;
  for (const auto octet : stream) {
    reader.feed(ByteView(&octet, 1));
    const auto frame = reader.next();
    ASSERT_TRUE(frame);
    if (!*frame) continue;
    EXPECT_EQ(parse_link_message(**frame)->beat().counter(), ++seen);
  }
  EXPECT_EQ(seen, 3U);
}

TEST(Frame, RefusesALengthBeforeItTakesMemory) {
  FrameReader reader;
  reader.feed(Bytes{0x00, 0x20, 0x00, 0x01});
  EXPECT_EQ(reader.next().code(), Errc::too_large);
  v1::LinkMessage large;
  large.mutable_ending()->set_detail(std::string(kMostFrame, 'x'));
  EXPECT_EQ(encode_frame(std::move(large)).code(), Errc::too_large);
}

struct Row {
  const char* what;
  Errc code;
  std::function<void(v1::LinkMessage&)> fill;
};

TEST(Frame, TheGuardRefusesWhatALinkProcessMayNotSay) {
  const Row rows[] = {
      {"empty", Errc::malformed, [](auto&) {}},
      {"a question without a number", Errc::malformed, [](auto& m) { m.mutable_admission(); }},
      {"a statement with one", Errc::malformed, [](auto& m) { m.mutable_beat(), m.set_question(1); }},
      {"a short nonce", Errc::malformed,
       [](auto& m) { m.mutable_heartbeat()->set_nonce("short"), m.set_question(1); }},
      {"a large policy", Errc::too_large,
       [](auto& m) { m.mutable_policy()->set_payload(std::string(1U << 20, 'x')), m.set_question(1); }},
      {"a large order", Errc::too_large,
       [](auto& m) { m.mutable_order()->set_payload(std::string(1U << 20, 'x')), m.set_question(1); }},
      {"a large baseline", Errc::too_large,
       [](auto& m) { m.mutable_baseline()->set_payload(std::string(1U << 20, 'x')), m.set_question(1); }},
      {"no case", Errc::malformed, [](auto& m) { m.mutable_notice_shown()->set_display("browser"); }},
      {"a long word", Errc::malformed, [](auto& m) { m.mutable_ending()->set_code(std::string(65, 'x')); }},
      {"a long line", Errc::malformed, [](auto& m) { m.mutable_ending()->set_detail(std::string(1025, 'x')); }},
      {"a long reason", Errc::malformed, [](auto& m) { m.mutable_media_done()->set_reason(std::string(65, 'x')); }},
      {"many events", Errc::malformed,
       [](auto& m) {
         for (int i = 0; i < 257; ++i) m.mutable_events_back()->add_events();
       }},
  };
  for (const auto& row : rows) {
    v1::LinkMessage message;
    row.fill(message);
    EXPECT_EQ(parse_link_message(octets(message)).code(), row.code) << row.what;
  }
  EXPECT_EQ(parse_link_message(octets(beat(1), 2)).code(), Errc::unsupported);
  EXPECT_EQ(parse_link_message(Bytes{0xff, 0xff}).code(), Errc::malformed);
}

TEST(Frame, TheLinkProcessRefusesWhatAGuardDoesNotSay) {
  v1::GuardMessage message;
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed);
  message.mutable_events()->add_events();
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed) << "no number";
  message.mutable_events()->set_first(1);
  EXPECT_TRUE(parse_guard_message(octets(message)));
  EXPECT_EQ(parse_guard_message(octets(message, 2)).code(), Errc::unsupported);
  for (int i = 0; i < 256; ++i) message.mutable_events()->add_events();
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed);
  message.mutable_media()->mutable_piece()->set_order_id(std::string(16, 'o'));
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed) << "no number";
  message.mutable_media()->set_number(1);
  EXPECT_TRUE(parse_guard_message(octets(message)));
  message.mutable_media()->mutable_piece()->set_data(std::string(kMostMediaInFrame + 1, 'd'));
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed) << "a large piece";
  message.mutable_setup()->set_server_port(0);
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed);
  message.mutable_setup()->set_server_port(65536);
  EXPECT_EQ(parse_guard_message(octets(message)).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::agent
