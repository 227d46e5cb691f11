// The media road of the agent, both of its processes, over real TLCP on loopback: what a section hands over arrives
// whole, and nothing else ever waits for it.
#include "agent/testing/slow_relay.h"
#include "agent/testing/two_processes.h"
#include "kioskward/v1/media.pb.h"
#include "platform/recorded/recorded_sensor.h"

namespace kw::agent {
namespace {

using namespace std::chrono_literals;
using testing::GuardRun;
using testing::KioskSide;
using testing::PlatformSide;
using testing::ScriptedPlatform;
using testing::SlowRelay;

/// A camera that shows what the test gives it.
struct CameraSection final : device::Defence {
  explicit CameraSection(device::DefenceHost*& to) : host(to) {}
  [[nodiscard]] std::string_view section() const noexcept override { return "camera"; }
  Result<> start(device::DefenceHost& at) override {
    host = &at;
    return {};
  }
  Result<> configure(const v1::PolicyBundle&) override { return {}; }
  void stop() override {}
  device::DefenceHost*& host;
};

struct MediaRoadTest : ::testing::Test {
  asio::io_context io{1};
  PlatformSide side;
  KioskSide kiosk{side};
  ScriptedPlatform server{io, side};
  std::unique_ptr<SlowRelay> relay;
  platform::RecordedSensor sensor{"recorded", {}};
  device::DefenceHost* camera = nullptr;
  std::unique_ptr<GuardRun> run;

  void SetUp() override { server.open(); }
  void TearDown() override {
    server.on_media = {};
    bool ended = false;
    run->keeper.stop(5s, [&] { ended = true; });
    EXPECT_TRUE(until([&] { return ended; }));
    run->guard.stop();
    run.reset();
    if (relay) relay->stop();
    server.stop();
    io.restart();
    io.run_for(200ms);
  }
  /// start: `rate` in octets a second from the kiosk; 0 for a line that is not held up.
  void start(std::size_t rate = 0) {
    if (rate > 0) relay = std::make_unique<SlowRelay>(io, server.port(), rate);
    std::vector<std::unique_ptr<device::Defence>> parts;
    parts.push_back(std::make_unique<CameraSection>(camera));
    run = std::make_unique<GuardRun>(io, side, kiosk, nullptr, sensor, relay ? relay->port() : server.port(),
                                     GuardFacts{}, std::move(parts));
    ASSERT_TRUE(until([&] { return run->linked(); }));
  }
  bool until(const std::function<bool()>& condition, std::chrono::seconds most = 20s) {
    const auto deadline = std::chrono::steady_clock::now() + most;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return condition();
  }
  static v1::Media piece(const std::string& kind, std::uint64_t sequence, bool last, std::size_t size = 100,
                         char order = 'o') {
    v1::Media out;
    out.set_order_id(std::string(16, order));
    out.set_section("camera");
    out.set_kind(kind);
    out.set_content_type("image/jpeg");
    out.set_sequence(sequence);
    out.set_last(last);
    std::string data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 31 + sequence);
    out.set_data(data);
    return out;
  }
};

TEST_F(MediaRoadTest, APictureArrivesWholeAndInOrder) {
  start();
  const std::vector<v1::Media> given{piece("snapshot", 0, false, 256U << 10), piece("snapshot", 1, false, 32U << 10),
                                     piece("snapshot", 2, true, 1)};
  for (const auto& one : given) EXPECT_TRUE(camera->media(one));
  ASSERT_TRUE(until([&] { return server.media.size() == 3; }));
  for (std::size_t i = 0; i < given.size(); ++i)
    EXPECT_EQ(server.media[i].SerializeAsString(), given[i].SerializeAsString()) << i;
  EXPECT_EQ(server.faults, "");
  EXPECT_TRUE(until([&] { return server.count("media.sent") == 1; }));
  EXPECT_EQ(server.find("media.sent")->params().at("pieces"), "3");
}

TEST_F(MediaRoadTest, AnOrderThatThePlatformRefusesIsOver) {
  start();
  server.on_media = [](const v1::Media& m) {
    return m.order_id()[0] == 'o' ? std::pair<std::string, std::string>("refused", "no_order")
                                  : std::pair<std::string, std::string>("taken", "");
  };
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(camera->media(piece("clip", i, false)));
  EXPECT_TRUE(camera->media(piece("clip", 0, true, 10, 'p')));
  ASSERT_TRUE(until([&] { return server.count("media.sent") == 1 && server.count("media.refused") == 1; }));
  EXPECT_EQ(server.media.size(), 2U) << "one piece of each order";
  EXPECT_EQ(server.find("media.refused")->params().at("reason"), "no_order");
}

TEST_F(MediaRoadTest, AClipGoesOnAfterABreakAndALiveFrameIsDropped) {
  start();
  server.on_media = [](const v1::Media&) { return std::pair<std::string, std::string>(); };  // no answer
  EXPECT_TRUE(camera->media(piece("clip", 0, true)));
  ASSERT_TRUE(until([&] { return server.media.size() == 1; }));
  server.on_media = {};
  server.drop();
  ASSERT_TRUE(until([&] { return server.media.size() == 2; })) << "sent again";
  EXPECT_EQ(server.media[1].sequence(), 0U);
  ASSERT_TRUE(until([&] { return server.count("media.sent") == 1; }));

  server.on_media = [](const v1::Media&) { return std::pair<std::string, std::string>(); };
  EXPECT_TRUE(camera->media(piece("live", 0, false, 100, 'l')));
  ASSERT_TRUE(until([&] { return server.media.size() == 3; }));
  server.on_media = {};
  server.drop();
  EXPECT_TRUE(until([&] { return run->media.dropped() == 1; }));
  EXPECT_EQ(server.faults, "");
}

TEST_F(MediaRoadTest, AnotherLinkProcessSendsTheClipAgain) {
  start();
  server.on_media = [](const v1::Media&) { return std::pair<std::string, std::string>(); };
  EXPECT_TRUE(camera->media(piece("clip", 0, true)));
  ASSERT_TRUE(until([&] { return server.media.size() == 1; }));
  server.on_media = {};
  run->starter.end();
  EXPECT_TRUE(until([&] { return server.media.size() == 2 && server.count("media.sent") == 1; }));
}

// A live view of 3 MB/s and a clip over a line of 256 kB/s: frames are dropped and counted; events and heartbeats still
// arrive within their time.
TEST_F(MediaRoadTest, OnASlowLineEventsAndHeartbeatsDoNotWaitForPictures) {
  start(256 << 10);
  constexpr auto kBound = 4s;  // a piece under way, the kernel's part, an event's own way; far below the link's 10 s
  std::uint64_t frame = 0, part = 0;
  const auto began = std::chrono::steady_clock::now();
  Duration slowest{0};
  for (int round = 0; round < 4 || server.beats.size() < 3; ++round) {
    const auto before = server.count("notice.shown");
    run->guard.on_notice_shown(std::string(32, 'a'), "browser");
    const auto asked = std::chrono::steady_clock::now();
    auto next_frame = asked;
    ASSERT_TRUE(until([&] {
      if (std::chrono::steady_clock::now() >= next_frame) {
        next_frame += 33ms;
        EXPECT_TRUE(camera->media(piece("live", frame++, false, 100U << 10, 'l')));
        if (camera->media(piece("clip", part, false, 256U << 10, 'c'))) ++part;
      }
      return server.count("notice.shown") > before;
    }));
    slowest = std::max(slowest, Duration(std::chrono::steady_clock::now() - asked));
  }
  EXPECT_LT(slowest, kBound) << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count() << " ms";
  RecordProperty("slowest_event_ms",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count()));
  EXPECT_GT(run->media.dropped(), 0U);
  EXPECT_LE(run->media.waiting(), MediaQueue::kMostLive + MediaQueue::kMostOctets / MediaQueue::kMostPiece);
  EXPECT_EQ(server.admissions, 1) << "the link stands";
  EXPECT_EQ(server.faults, "");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s) << "three heartbeats, one a second";
  EXPECT_TRUE(std::ranges::any_of(server.media, [](const auto& m) { return m.kind() == "clip"; }));
  EXPECT_TRUE(std::ranges::any_of(server.media, [](const auto& m) { return m.kind() == "live"; }));
}

}  // namespace
}  // namespace kw::agent
