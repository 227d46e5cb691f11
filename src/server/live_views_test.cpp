#include "server/live_views.h"

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;

/// A viewer's socket that is as fast as the test says.
struct Socket final : net::WebSocketSession {
  bool send(std::shared_ptr<const std::string>) override { return false; }
  bool offer(std::shared_ptr<const std::string> octets) override {
    if (slow) return false;
    got.push_back(*octets);
    return true;
  }
  void close() override { closed = true; }
  std::vector<std::string> got;
  bool slow = false, closed = false;
};

struct LiveViewsTest : ::testing::Test {
  testing::FakeClock clock;
  crypto::SystemRandom random;
  std::vector<LookEnd> ends;
  LiveViews views{clock, [this](const LookEnd& end) { ends.push_back(end); }};
  OrderId order = OrderId::make(Timestamp{1}, random);

  std::shared_ptr<Socket> look(Byte session = 1, const OrderId* at = nullptr) {
    auto socket = std::make_shared<Socket>();
    Principal who;
    who.account = "secadmin";
    who.token_hash = Bytes(32, session);
    added = views.add(at != nullptr ? *at : order, socket, {who, "", "to help"});
    return socket;
  }
  void frame(const std::string& text) { views.frame(order, std::make_shared<const std::string>(text)); }
  bool added = false;
};

TEST_F(LiveViewsTest, ShowsTheNewestAtOnceAndThenEachFrame) {
  frame("1");
  frame("2");
  const auto socket = look();
  frame("3");
  EXPECT_EQ(socket->got, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(views.frames(order), 3u);
}

TEST_F(LiveViewsTest, SkipsFramesForWhoIsSlowAndHoldsUpNobody) {
  const auto slow = look(), fast = look(2);
  slow->slow = true;
  for (const auto* text : {"1", "2", "3"}) frame(text);
  slow->slow = false;
  frame("4");
  EXPECT_EQ(slow->got, std::vector<std::string>{"4"});
  EXPECT_EQ(fast->got.size(), 4u);
  EXPECT_EQ(views.skipped(), 3u);
}

TEST_F(LiveViewsTest, TellsWhatEachViewerHasSeenExactlyOnce) {
  const auto socket = look();
  frame("1");
  clock.advance(12s);
  views.close(order);
  EXPECT_TRUE(socket->closed);
  views.remove(order, socket.get());  // its connection ends too
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].frames, 1u);
  EXPECT_EQ(ends[0].lasted, 12s);
  EXPECT_EQ(ends[0].purpose, "to help");
  EXPECT_EQ(ends[0].who.account, "secadmin");
  EXPECT_EQ(views.frames(order), 0u) << "nothing is kept";
}

TEST_F(LiveViewsTest, ASessionThatEndsOrAViewThatIsOverSendsItsViewersAway) {
  const auto mine = look(1), others = look(2);
  views.close_session(Bytes(32, 1));
  EXPECT_TRUE(mine->closed);
  EXPECT_FALSE(others->closed);
  EXPECT_EQ(ends.size(), 1u) << "told at once: a browser need not answer the closing";
  frame("after");
  EXPECT_TRUE(mine->got.empty());
  views.remove(order, mine.get());
  views.sweep([](ByteView token) { return token[0] != 2; }, [](const OrderId&) { return true; });
  EXPECT_TRUE(others->closed);
  views.remove(order, others.get());
  const auto late = look(3);
  views.sweep([](ByteView) { return true; }, [](const OrderId&) { return false; });
  EXPECT_TRUE(late->closed);
  EXPECT_EQ(ends.size(), 3u);
}

TEST_F(LiveViewsTest, ViewersAndViewsAreBounded) {
  for (std::size_t i = 0; i < LiveViews::kMostViewers; ++i) {
    look();
    EXPECT_TRUE(added);
  }
  look();
  EXPECT_FALSE(added);
  EXPECT_EQ(ends.size(), 1u) << "one that began ends, however it went";
  for (std::size_t i = 1; i < LiveViews::kMostViews; ++i) {
    const auto other = OrderId::make(Timestamp{static_cast<std::int64_t>(i) * 1'000'000'000}, random);
    look(1, &other);
    EXPECT_TRUE(added);
  }
  const auto one_more = OrderId::make(Timestamp{999'000'000'000'000}, random);
  look(1, &one_more);
  EXPECT_FALSE(added);
  views.frame(one_more, std::make_shared<const std::string>("x"));
  EXPECT_EQ(views.frames(one_more), 0u);
}

}  // namespace
}  // namespace kw::server
