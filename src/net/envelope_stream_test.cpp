#include "net/envelope_stream.h"

#include "base/writer.h"
#include "net/stream_test_bed.h"

namespace kw::net::testing {
namespace {

v1::Envelope beat(std::uint64_t revision) {
  v1::Envelope out;
  out.mutable_heartbeat()->set_policy_revision(revision);
  return out;
}

Bytes wire(std::uint32_t version, std::uint64_t sequence) {
  auto envelope = beat(1);
  envelope.set_version(version);
  envelope.set_sequence(sequence);
  return encode_envelope(envelope).value();
}

TEST(EnvelopeReader, gives_envelopes_of_any_cut) {
  auto octets = wire(1, 1);
  append(octets, wire(1, 2));
  EnvelopeReader reader;
  std::vector<std::uint64_t> seen;
  for (const auto octet : octets) {
    reader.feed(ByteView(&octet, 1));
    const auto next = reader.next();
    ASSERT_TRUE(next);
    if (*next) seen.push_back((*next)->sequence());
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2}));
}

TEST(EnvelopeReader, refuses_versions_sequences_sizes_and_noise) {
  const auto code_of = [](ByteView octets) {
    EnvelopeReader reader;
    reader.feed(octets);
    const auto next = reader.next();
    return next ? Errc::internal : next.code();
  };
  EXPECT_EQ(code_of(wire(2, 1)), Errc::unsupported);
  EXPECT_EQ(code_of(wire(0, 1)), Errc::unsupported);
  EXPECT_EQ(code_of(wire(1, 0)), Errc::conflict);
  EXPECT_EQ(code_of(wire(1, 2)), Errc::conflict);
  EXPECT_EQ(code_of(Bytes{0, 0x10, 0, 1}), Errc::too_large);
  EXPECT_EQ(code_of(Bytes{0xff, 0xff, 0xff, 0xff}), Errc::too_large);
  EXPECT_EQ(code_of(Bytes{0, 0, 0, 2, 0xff, 0xff}), Errc::malformed);
}

TEST(EnvelopeReader, keeps_to_a_lower_limit_and_refuses_by_the_length_alone) {
  EnvelopeReader reader;
  reader.limit(100);
  reader.feed(Bytes{0, 0, 0, 100});
  EXPECT_TRUE(reader.next());
  EnvelopeReader other;
  other.limit(100);
  other.feed(Bytes{0, 0, 0, 101});
  EXPECT_EQ(other.next().code(), Errc::too_large);
  EnvelopeReader raised;
  raised.limit(kMaxEnvelope + 1);
  raised.feed(Bytes{0, 0x10, 0, 1});
  EXPECT_EQ(raised.next().code(), Errc::too_large) << "never above the link's own bound";
}

TEST(EnvelopeReader, gives_the_room_of_a_large_envelope_back) {
  auto large = beat(1);
  large.set_version(1);
  large.set_sequence(1);
  large.mutable_heartbeat()->set_policy_digest(std::string(1'000'000, 'd'));
  EnvelopeReader reader;
  reader.feed(encode_envelope(large).value());
  EXPECT_GE(reader.memory(), 1'000'000U);
  ASSERT_TRUE(reader.next().value().has_value());
  EXPECT_LE(reader.memory(), 65'536U);
}

TEST(EncodeEnvelope, refuses_more_than_a_mebibyte) {
  v1::Envelope large;
  large.mutable_admission()->set_payload(std::string(kMaxEnvelope, 'x'));
  EXPECT_EQ(encode_envelope(large).code(), Errc::too_large);
}

TEST(EnvelopeStream, numbers_and_keeps_the_order_of_many_writers) {
  constexpr std::uint64_t kWriters = 20;
  std::vector<std::uint64_t> got;
  StreamTestBed* bed_of = nullptr;
  // The serving side takes the stream over by echoing correlation numbers.
  StreamTestBed bed([&](TlcpStream& stream) -> asio::awaitable<void> {
    EnvelopeReader reader;
    std::uint64_t sequence = 0;
    while (got.size() < kWriters) {
      const auto octets = co_await stream.read_some(in(5s));
      EXPECT_TRUE(octets);
      if (!octets) co_return;
      reader.feed(*octets);
      for (auto next = reader.next(); next && *next; next = reader.next()) {
        got.push_back((*next)->sequence());
        v1::Envelope reply;
        reply.set_version(1);
        reply.set_sequence(++sequence);
        reply.set_correlation((*next)->sequence());
        const auto encoded = encode_envelope(reply);
        EXPECT_TRUE(co_await stream.write(*encoded, in(5s)));
      }
    }
    EXPECT_TRUE(co_await stream.shutdown(in(2s)));
  });
  bed_of = &bed;
  std::vector<std::uint64_t> sent;
  bed.run([&]() -> asio::awaitable<void> {
    auto stream = co_await bed_of->connect();
    EXPECT_TRUE(stream);
    if (!stream) co_return;
    EnvelopeStream link(std::move(*stream));
    const auto early = co_await link.read(in(10ms));
    EXPECT_EQ(early.code(), Errc::timeout);
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      asio::co_spawn(
          link.stream().executor(),
          [&, i]() -> asio::awaitable<void> {
            auto envelope = beat(i);
            // Several hundred KiB together, so that writers really wait for each other and for room.
            envelope.mutable_heartbeat()->set_policy_digest(std::string(400'000, 'd'));
            const auto sequence = co_await link.write(std::move(envelope), in(10s));
            EXPECT_TRUE(sequence);
            if (sequence) sent.push_back(*sequence);
          },
          [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
    }
    for (std::uint64_t i = 1; i <= kWriters; ++i) {
      const auto reply = co_await link.read(in(10s));
      EXPECT_TRUE(reply);
      if (!reply) co_return;
      EXPECT_EQ(reply->correlation(), i);
    }
    EXPECT_EQ(sent.size(), kWriters);
    EXPECT_TRUE(co_await link.shutdown(in(2s)));
  });
  EXPECT_EQ(got.size(), kWriters);
  EXPECT_TRUE(std::ranges::is_sorted(got));
}

TEST(EnvelopeStream, a_too_large_envelope_uses_no_number) {
  StreamTestBed bed([](TlcpStream& stream) -> asio::awaitable<void> {
    EnvelopeReader reader;
    const auto octets = co_await stream.read_some(in(5s));
    EXPECT_TRUE(octets);
    if (!octets) co_return;
    reader.feed(*octets);
    EXPECT_TRUE(reader.next());
    EXPECT_TRUE(co_await stream.shutdown(in(2s)));
  });
  bed.run([&]() -> asio::awaitable<void> {
    auto stream = co_await bed.connect();
    EnvelopeStream link(std::move(*stream));
    v1::Envelope large;
    large.mutable_admission()->set_payload(std::string(kMaxEnvelope, 'x'));
    EXPECT_EQ((co_await link.write(large, in(5s))).code(), Errc::too_large);
    const auto sequence = co_await link.write(beat(1), in(5s));
    EXPECT_TRUE(sequence);
    if (sequence) {
      EXPECT_EQ(*sequence, 1U);
    }
    EXPECT_EQ((co_await link.read(in(5s))).code(), Errc::closed);
    EXPECT_EQ((co_await link.write(beat(2), in(5s))).code(), Errc::wrong_state);
    EXPECT_EQ((co_await link.write(beat(3), in(5s))).code(), Errc::closed);
    EXPECT_TRUE(co_await link.shutdown(in(2s)));
  });
}

TEST(EnvelopeStream, a_peer_that_does_not_read_costs_bounded_memory_and_time) {
  StreamTestBed bed([](TlcpStream& stream) -> asio::awaitable<void> {
    asio::steady_timer held(stream.executor(), in(300ms));  // holds the connection and reads nothing
    co_await held.async_wait(kTuple);
  });
  bed.run([&]() -> asio::awaitable<void> {
    auto stream = co_await bed.connect();
    EnvelopeStream link(std::move(*stream));
    auto envelope = beat(1);
    envelope.mutable_heartbeat()->set_policy_digest(std::string(1'000'000, 'd'));
    Result<std::uint64_t> last = fail(Errc::internal);
    for (int i = 0; i < 64; ++i) {
      last = co_await link.write(envelope, in(100ms));
      if (!last) break;
    }
    EXPECT_FALSE(last);
    if (!last) {
      EXPECT_EQ(last.code(), Errc::timeout);
    }
    EXPECT_EQ((co_await link.write(beat(1), in(100ms))).code(), Errc::closed);
  });
}

}  // namespace
}  // namespace kw::net::testing
