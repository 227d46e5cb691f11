#include "agent/boundary/channel.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "platform/linux/spawn.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;

struct ChannelTest : ::testing::Test {
  boost::asio::io_context io{1};
  platform::Channel pair = std::move(*platform::stream_pair());
  std::vector<Bytes> got;
  std::optional<Error> end;
  std::unique_ptr<Channel> channel;

  void open(std::function<Result<>(Bytes)> on_frame = {}) {
    if (!on_frame)
      on_frame = [this](Bytes frame) {
        got.push_back(std::move(frame));
        return Result<>{};
      };
    channel = std::make_unique<Channel>(io.get_executor(), std::move(pair.ours),
                                        Channel::Handlers{std::move(on_frame), [this](const Error& why) { end = why; }});
    channel->start();
  }
  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(10ms);
    }
    return condition();
  }
  void write(ByteView octets) {
    ASSERT_EQ(::write(pair.theirs.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
  }
  static Bytes frame(std::uint64_t counter) {
    v1::LinkMessage message;
    message.mutable_beat()->set_counter(counter);
    return *encode_frame(std::move(message));
  }
};

TEST_F(ChannelTest, DeliversWhatAPeerSaidBeforeItEnded) {
  open();
  for (std::uint64_t i = 1; i <= 50; ++i) write(frame(i));
  pair.theirs.reset();
  ASSERT_TRUE(until([&] { return end.has_value(); }));
  EXPECT_EQ(got.size(), 50U);
  EXPECT_EQ(end->code(), Errc::closed);
}

TEST_F(ChannelTest, AFrameThatIsTooLargeOrRefusedEndsIt) {
  open();
  write(Bytes{0xff, 0xff, 0xff, 0xff});
  ASSERT_TRUE(until([&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), Errc::too_large);
}

TEST_F(ChannelTest, ARefusalOfTheReceiverEndsIt) {
  open([](Bytes) -> Result<> { return fail(Errc::malformed, "test"); });
  write(frame(1));
  ASSERT_TRUE(until([&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), Errc::malformed);
}

TEST_F(ChannelTest, MayBeDestroyedByItsOwnCall) {
  open([this](Bytes) {
    channel.reset();
    return Result<>{};
  });
  write(frame(1));
  write(frame(2));
  ASSERT_TRUE(until([&] { return !channel; }));
  io.restart();
  io.run_for(20ms);
  EXPECT_FALSE(end) << "nobody is told of what he did himself";
}

TEST_F(ChannelTest, APeerThatDoesNotReadIsGivenUpAndCostsBoundedMemory) {
  open();
  v1::LinkMessage large;
  for (int i = 0; i < 200; ++i) large.mutable_events_back()->add_events()->set_type(std::string(5000, 'x'));
  const auto octets = *encode_frame(std::move(large));
  for (int i = 0; i < 20; ++i) channel->send(octets);
  ASSERT_TRUE(until([&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), Errc::too_large);
}

}  // namespace
}  // namespace kw::agent
