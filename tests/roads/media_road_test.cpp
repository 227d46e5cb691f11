// The whole media road in one process: the agent's two processes and the platform, over real TLCP on loopback. An order
// goes down, a camera answers, pictures come up.
#include "agent/testing/two_processes.h"
#include "kioskward/v1/media.pb.h"
#include "platform/recorded/recorded_sensor.h"
#include "server/testing/link_bed.h"

namespace kw {
namespace {

using namespace std::chrono_literals;
using agent::testing::GuardRun;
using agent::testing::KioskSide;
using agent::testing::PlatformSide;
using server::testing::good;
using server::testing::LinkBed;
using server::testing::take;
using server::testing::test_keys;
namespace v1 = ::kioskward::v1;

const std::string kJpeg = "\xff\xd8\xff\xe0 a picture ";

/// A camera that answers every order with pieces, as many and as large as the test says.
struct Camera final : device::Defence {
  Camera(std::uint64_t& count, std::size_t& octets) : pieces(count), size(octets) {}
  [[nodiscard]] std::string_view section() const noexcept override { return "camera"; }
  Result<> start(device::DefenceHost& at) override {
    host = &at;
    return {};
  }
  Result<> configure(const v1::PolicyBundle&) override { return {}; }
  Result<> order(const v1::Order& order) override {
    for (std::uint64_t i = 0; i < pieces; ++i) {
      v1::Media out;
      out.set_order_id(order.order_id());
      out.set_section("camera");
      out.set_kind(order.action());
      out.set_content_type("image/jpeg");
      out.set_taken_ns(host->now().utc.unix_ns);
      out.set_sequence(i);
      out.set_last(i + 1 == pieces);
      out.set_data(kJpeg + std::string(size, static_cast<char>('a' + i)));
      if (!host->media(std::move(out))) return fail(Errc::unavailable, "no room");
    }
    return {};
  }
  void stop() override {}
  std::uint64_t& pieces;
  std::size_t& size;
  device::DefenceHost* host = nullptr;
};

/// A viewer that keeps what it is shown.
struct Viewer final : net::WebSocketSession {
  bool send(std::shared_ptr<const std::string>) override { return false; }
  bool offer(std::shared_ptr<const std::string> octets) override {
    const std::lock_guard lock(mutex);
    frames.push_back(*octets);
    return true;
  }
  void close() override { closed = true; }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return frames.size();
  }
  std::mutex mutex;
  std::vector<std::string> frames;
  std::atomic<bool> closed = false;
};

struct MediaRoad : ::testing::Test {
  MediaRoad() {
    bed.platform.clock.advance(1h);  // what is issued now begins a little before now
    side.clock.ahead = bed.platform.clock.now() - side.clock.now();
    side.ca = test_keys().authority();
    side.command = test_keys().command_key();
    side.ledger = test_keys().ledger_key();
    kiosk.emplace(side);
    enrol();
    std::vector<std::unique_ptr<device::Defence>> parts;
    parts.push_back(std::make_unique<Camera>(pieces, size));
    agent::GuardFacts facts;
    facts.hardware = server::testing::hardware();
    run = std::make_unique<GuardRun>(io, side, *kiosk, nullptr, sensor, bed.link->port(), facts, std::move(parts));
  }
  ~MediaRoad() override {
    bool ended = false;
    run->keeper.stop(5s, [&] { ended = true; });
    EXPECT_TRUE(until([&] { return ended; }));
    run->guard.stop();
    run.reset();
  }
  /// enrol makes the kiosk known to the platform, as an approved enrolment does.
  void enrol() {
    store::Site site;
    site.id = SiteId::make(bed.platform.clock.now(), bed.platform.random);
    site.name = "site";
    store::Device row;
    row.id = kiosk->device;
    row.name = "kiosk";
    row.site = site.id;
    row.address = "127.0.0.1/8";
    row.mac = "02:4b:57:00:10:10";
    row.interface = "eth0";
    row.hardware = schema::serialise(server::testing::hardware());
    good(bed.platform.store->write([&](store::Repositories& r) -> Result<> {
      KW_CHECK(r.sites().insert(site));
      return r.devices().insert(row);
    }));
  }
  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return condition();
  }
  OrderId ask(const std::string& action, const std::map<std::string, std::string>& args = {}) {
    v1::Order wanted;
    wanted.set_section("camera");
    wanted.set_action(action);
    for (const auto& [name, value] : args) (*wanted.mutable_args())[name] = value;
    return take(bed.platform.orders.action(kiosk->device, wanted, "a case", bed.platform.security)).id;
  }
  store::MediaState state(const OrderId& id) {
    const auto row = bed.platform.media.get(id);
    return row ? row->state : store::MediaState::removed;
  }

  LinkBed bed;
  boost::asio::io_context io{1};
  PlatformSide side;
  std::optional<KioskSide> kiosk;
  platform::RecordedSensor sensor{
      "recorded", {device::LinkObserved{device::Change::present, 2, "eth0", "ether", "02:4b:57:00:10:10", "", true}}};
  std::uint64_t pieces = 1;
  std::size_t size = 100;
  std::unique_ptr<GuardRun> run;
};

TEST_F(MediaRoad, WhatAnOrderAsksForIsStoredWhole) {
  ASSERT_TRUE(until([&] { return run->linked(); }));
  pieces = 3;
  size = 200U << 10;
  const auto id = ask("snapshot");
  ASSERT_TRUE(until([&] { return state(id) == store::MediaState::complete; }));
  std::string wanted, got;
  for (char c = 'a'; c < 'd'; ++c) wanted += kJpeg + std::string(size, c);
  const auto content = take(bed.platform.media.read(id, "why", bed.platform.security, {}));
  for (auto piece = take(content.pieces->next()); piece; piece = take(content.pieces->next())) got += copy_text(*piece);
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(content.media.asked_by, "secadmin");
  EXPECT_TRUE(until([&] { return bed.entries("media.sent").size() == 1 && bed.entries("order.done").size() == 1; }));
  EXPECT_EQ(bed.entries("media.stored").size(), 1U);
}

TEST_F(MediaRoad, ALiveViewIsShownAndIsOver) {
  ASSERT_TRUE(until([&] { return run->linked(); }));
  pieces = 4;  // as many as may wait: none is dropped
  const auto viewer = std::make_shared<Viewer>();
  const auto id = ask("live", {{"seconds", "30"}});
  server::Principal who;
  who.account = "secadmin";
  ASSERT_TRUE(bed.platform.media.views().add(id, viewer, {who, "", "to help"}));
  ASSERT_TRUE(until([&] { return viewer->closed && viewer->count() == 4; }));
  EXPECT_EQ(viewer->frames[3], kJpeg + std::string(size, 'd'));
  EXPECT_EQ(state(id), store::MediaState::ended);
  EXPECT_TRUE(until([&] { return bed.entries("media.watch.ended").size() == 1; }));
}

TEST_F(MediaRoad, AViewThatWasEndedStopsAtTheKiosk) {
  ASSERT_TRUE(until([&] { return run->linked(); }));
  const auto id = ask("live", {{"seconds", "30"}});
  good(bed.platform.media.end(id, "enough", bed.platform.security));
  EXPECT_TRUE(until([&] { return bed.entries("media.refused").size() == 1; }));
  EXPECT_EQ(bed.entries("media.refused").at(0).params().at("reason"), "over");
  EXPECT_TRUE(bed.entries("media.unasked").empty());
}

}  // namespace
}  // namespace kw
