// The section's scenario: a camera process that the test plays, real recordings in a folder of the test's own.
#include "agent/defence/camera.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "device/camera/boundary.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/recorded/recorded_camera.h"

namespace kw::agent {
namespace {

using namespace device;
using namespace std::chrono_literals;

class Camera : public ::testing::Test {
 protected:
  Camera() { make(); }
  void make() {
    CameraDefence::Ports ports;
    ports.starter = std::make_unique<platform::RecordedCameraStarter>(played);
    ports.secret = [](const std::string&) -> Result<SecretBytes> { return SecretBytes(Bytes(32, 3)); };
    ports.clock = &bench.clock;
    ports.random = &bench.random();
    defence = std::make_unique<CameraDefence>(std::move(ports));
    ASSERT_TRUE(defence->start(bench));
  }
  void use(v1::Mode mode, bool two_persons = false, bool faces = false) {
    v1::PolicyBundle policy;
    auto& camera = *policy.mutable_camera();
    camera.set_watch_face(faces);
    camera.set_mode(mode);
    camera.set_source(v1::TEST_PICTURE);
    camera.set_two_persons(two_persons);
    const auto done = defence->configure(policy);
    ASSERT_TRUE(done) << done.error().text();
  }
  void say(v1::CameraMessage message) {
    played.say(std::move(message));
    hear();
  }
  void hear() {
    for (const auto& [fd, ready] : std::map(bench.watched)) ready();
  }
  /// A frame of a scene that is never the same twice.
  void frame(Byte base = 90) { say(frame_message(hall(base), {})); }
  /// So many seconds pass, with four frames each.
  void pass(int seconds, Byte base = 90, bool frames = true) {
    for (int i = 0; i < seconds; ++i) {
      for (int f = 0; f < 4; ++f) {
        bench.ahead += 250ms;
        if (frames) frame(base);
      }
      defence->tick();
    }
  }
  /// Somebody large stands there and moves for so many seconds; each second it is looked for his face.
  void person(int seconds, unsigned faces) {
    for (int i = 0; i < 4 * seconds; ++i) {
      FrameSeen seen = hall();
      for (int y = 6; y < kViewHeight; ++y)
        for (int x = 20; x < 46; ++x) seen.view[static_cast<std::size_t>(y * kViewWidth + x)] = static_cast<Byte>(20 + (x + i) % 9);
      if (i % 4 == 0) seen.faces = faces;
      bench.ahead += 250ms;
      say(frame_message(seen, {}));
      if (i % 4 == 3) defence->tick();
    }
  }
  FrameSeen hall(Byte base = 90) {
    FrameSeen seen;
    for (std::size_t i = 0; i < seen.view.size(); ++i)
      seen.view[i] = static_cast<Byte>(base + (base > 10 ? (i * 7 + i / 64 * 13) % 60 : 0));
    seen.detail.fill(60);
    seen.digest = ++digest;
    return seen;
  }
  void video(v1::CameraVideo::Part part, std::string_view octets) {
    v1::CameraMessage out;
    out.mutable_video()->set_part(part);
    out.mutable_video()->set_data(std::string(octets));
    say(std::move(out));
  }
  /// Records a little, so that there is something to give.
  void film() {
    video(v1::CameraVideo::HEADER, "webm header");
    for (int i = 0; i < 3; ++i) video(v1::CameraVideo::CLUSTER, "cluster " + std::to_string(i));
  }
  void picture(std::string_view jpeg) {
    v1::CameraMessage out;
    out.mutable_picture()->set_total(static_cast<std::uint32_t>(jpeg.size()));
    out.mutable_picture()->set_data(std::string(jpeg));
    say(std::move(out));
  }
  /// The last thing that the defence asked of the process.
  bool wants_pictures() {
    while (const auto command = played.hear()) {
      if (command->has_pictures()) wants = command->pictures().wanted();
      if (command->has_setup()) setup = command->setup();
    }
    return wants;
  }
  static v1::Order order(const std::string& action, std::map<std::string, std::string> args = {}, const std::string& person = "a") {
    v1::Order out;
    out.set_order_id(std::string(16, 'o'));
    out.set_section("camera");
    out.set_action(action);
    out.set_person(person);
    for (const auto& [key, value] : args) (*out.mutable_args())[key] = value;
    return out;
  }
  bool recording() {
    return bench.until([&] { return bench.facts["camera.recording"] == "yes" || (defence->tick(), false); });
  }

  testing::DefenceBench bench;
  platform::RecordedCamera played;
  std::unique_ptr<CameraDefence> defence;
  std::uint64_t digest = 0;
  bool wants = false;
  v1::CameraSetup setup;
};

TEST_F(Camera, off_starts_nothing_and_watch_judges_and_records_nothing) {
  use(v1::OFF);
  EXPECT_EQ(played.starts, 0);
  use(v1::WATCH);
  EXPECT_EQ(played.starts, 1);
  static_cast<void>(wants_pictures());
  EXPECT_EQ(setup.width(), 640U);
  pass(8);
  EXPECT_EQ(bench.told("camera.started").size(), 1U);
  film();
  pass(10, 2);
  ASSERT_EQ(bench.told("camera.covered").size(), 1U);
  EXPECT_EQ(bench.told("camera.covered")[0].params().at("how"), "dark");
  EXPECT_EQ(defence->order(order("snapshot")).code(), Errc::wrong_state);
  EXPECT_EQ(defence->order(order("live", {{"seconds", "10"}})).code(), Errc::wrong_state);
  EXPECT_FALSE(wants_pictures());
  EXPECT_TRUE(bench.pieces.empty());
  EXPECT_FALSE(std::filesystem::exists(bench.dir.path("camera/recordings")));
  pass(6);
  EXPECT_EQ(bench.told("camera.fault.ended").size(), 1U);
  use(v1::OFF);
  EXPECT_TRUE(bench.watched.empty());
}

TEST_F(Camera, a_process_that_ends_is_told_and_started_again_with_a_longer_wait_each_time) {
  use(v1::WATCH);
  pass(12);
  played.theirs.reset();
  hear();
  ASSERT_EQ(bench.told("camera.lost").size(), 1U);
  EXPECT_EQ(bench.told("camera.lost")[0].params().at("how"), "ended");
  bench.ahead += 600ms;
  defence->tick();
  EXPECT_EQ(played.starts, 2);
  frame();
  EXPECT_EQ(bench.told("camera.fault.ended").size(), 1U);
  for (int i = 0; i < 6; ++i) {
    played.theirs.reset();
    hear();
    for (int s = 0; s < 10 && !played.theirs; ++s) bench.ahead += 1s, defence->tick();
  }
  EXPECT_LE(played.starts, 8);
}

TEST_F(Camera, a_process_that_talks_nonsense_or_nothing_is_replaced) {
  use(v1::WATCH);
  ASSERT_EQ(::send(played.theirs.get(), "nonsense", 8, 0), 8);
  hear();
  EXPECT_TRUE(bench.watched.empty());
  bench.ahead += 1s;
  defence->tick();
  EXPECT_EQ(played.starts, 2);
  pass(20, 90, false);
  EXPECT_GE(played.starts, 3);
}

TEST_F(Camera, no_picture_within_thirty_seconds_is_told_once) {
  played.refuse = true;
  use(v1::ENFORCE);
  pass(40, 90, false);
  ASSERT_EQ(bench.told("camera.no_picture").size(), 1U);
  EXPECT_EQ(bench.told("camera.no_picture")[0].params().at("how"), "not_started");
  EXPECT_FALSE(defence->holds());
  played.refuse = false;
  for (int i = 0; i < 31 && !played.theirs; ++i) bench.ahead += 1s, defence->tick();
  frame();
  EXPECT_TRUE(defence->holds());
}

TEST_F(Camera, a_snapshot_goes_to_the_platform_by_order_and_is_shown_and_told) {
  use(v1::ENFORCE);
  ASSERT_TRUE(recording());
  pass(2);
  EXPECT_FALSE(wants_pictures());
  picture("a picture that nobody asked for");
  EXPECT_TRUE(bench.pieces.empty());
  ASSERT_TRUE(defence->order(order("snapshot")));
  EXPECT_TRUE(wants_pictures());
  EXPECT_GT(bench.watched_until, bench.now().utc);
  picture("jpeg");
  ASSERT_EQ(bench.pieces.size(), 1U);
  EXPECT_EQ(bench.pieces[0].kind(), "snapshot");
  EXPECT_EQ(bench.pieces[0].data(), "jpeg");
  EXPECT_EQ(bench.pieces[0].order_id(), std::string(16, 'o'));
  EXPECT_TRUE(bench.pieces[0].last());
  EXPECT_FALSE(wants_pictures());
  defence->tick();
  ASSERT_EQ(bench.told("camera.used").size(), 1U);
  EXPECT_EQ(bench.told("camera.used")[0].params().at("person"), "a");
  EXPECT_EQ(bench.told("camera.use.ended").size(), 1U);
}

TEST_F(Camera, a_snapshot_that_cannot_be_handed_over_is_tried_again_and_given_up) {
  use(v1::ENFORCE);
  bench.takes_media = false;
  ASSERT_TRUE(defence->order(order("snapshot")));
  picture("jpeg");
  pass(5);
  EXPECT_TRUE(bench.told("camera.use.ended").empty());
  bench.takes_media = true;
  defence->tick();
  EXPECT_EQ(bench.pieces.size(), 1U);
  bench.takes_media = false;
  ASSERT_TRUE(defence->order(order("snapshot")));
  pass(32);
  ASSERT_EQ(bench.told("camera.use.ended").size(), 2U);
  EXPECT_EQ(bench.told("camera.use.ended")[1].result(), "failed");
}

TEST_F(Camera, live_pictures_end_by_themselves_and_are_dropped_where_nobody_takes_them) {
  use(v1::ENFORCE);
  EXPECT_EQ(defence->order(order("live", {{"seconds", "301"}})).code(), Errc::invalid);
  EXPECT_EQ(defence->order(order("live", {{"seconds", "-1"}})).code(), Errc::invalid);
  EXPECT_EQ(defence->order(order("live", {{"seconds", "1x"}})).code(), Errc::invalid);
  ASSERT_TRUE(defence->order(order("live", {{"seconds", "10"}})));
  EXPECT_GT(bench.watched_until, bench.now().utc + 5s);
  picture("one");
  bench.takes_media = false;
  picture("two");
  bench.takes_media = true;
  picture("three");
  ASSERT_EQ(bench.pieces.size(), 2U);
  EXPECT_EQ(bench.pieces[1].data(), "three");
  EXPECT_EQ(bench.pieces[1].sequence(), 1U);
  EXPECT_FALSE(bench.pieces[1].last());
  pass(11);
  EXPECT_FALSE(wants_pictures());
  EXPECT_TRUE(bench.pieces.back().last());
  const auto pieces = bench.pieces.size();
  picture("four");
  EXPECT_EQ(bench.pieces.size(), pieces);
  EXPECT_EQ(bench.told("camera.use.ended").size(), 1U);
}

TEST_F(Camera, stop_ends_everything_and_start_begins_anew) {
  use(v1::ENFORCE);
  pass(3);
  ASSERT_TRUE(defence->order(order("live", {{"seconds", "100"}})));
  ASSERT_TRUE(defence->order(order("stop")));
  EXPECT_TRUE(bench.watched.empty());
  EXPECT_EQ(bench.told("camera.use.ended").size(), 1U);
  EXPECT_EQ(bench.facts["camera.state"], "stopped");
  EXPECT_EQ(defence->order(order("snapshot")).code(), Errc::wrong_state);
  EXPECT_EQ(defence->order(order("stop")).code(), Errc::wrong_state);
  pass(60, 90, false);
  EXPECT_EQ(played.starts, 1);
  EXPECT_TRUE(bench.told("camera.lost").empty());
  // It stays stopped over a restart of the agent.
  make();
  use(v1::ENFORCE);
  EXPECT_EQ(played.starts, 1);
  ASSERT_TRUE(defence->order(order("start")));
  EXPECT_EQ(played.starts, 2);
  EXPECT_EQ(bench.told("camera.used").size(), 3U);
}

TEST_F(Camera, a_clip_is_decrypted_and_sent_in_pieces_with_one_header) {
  use(v1::ENFORCE);
  ASSERT_TRUE(recording());
  film();
  const auto now = bench.now().utc;
  const auto args = std::map<std::string, std::string>{{"from", to_rfc3339(now - 60s)}, {"until", to_rfc3339(now + 60s)}};
  bench.takes_media = false;
  ASSERT_TRUE(defence->order(order("clip", args)));
  bench.takes_media = true;
  EXPECT_EQ(defence->order(order("clip", {{"from", "yesterday"}, {"until", "today"}})).code(), Errc::malformed);
  EXPECT_EQ(defence->order(order("clip", {{"from", to_rfc3339(now)}, {"until", to_rfc3339(now + 601s)}})).code(), Errc::invalid);
  ASSERT_TRUE(bench.until([&] { return (defence->tick(), !bench.told("camera.use.ended").empty()); }));
  ASSERT_EQ(bench.pieces.size(), 1U);
  EXPECT_EQ(bench.pieces[0].data(), "webm headercluster 0cluster 1cluster 2");
  EXPECT_EQ(bench.pieces[0].content_type(), "video/webm");
  EXPECT_TRUE(bench.pieces[0].last());
  EXPECT_EQ(bench.told("camera.segment.sealed").size(), 1U);
}

TEST_F(Camera, two_persons_have_to_ask_for_live_pictures_where_policy_says_so) {
  use(v1::ENFORCE, true);
  ASSERT_TRUE(defence->order(order("live", {{"seconds", "10"}}, "a")));
  EXPECT_FALSE(wants_pictures());
  EXPECT_EQ(defence->order(order("live", {{"seconds", "10"}}, "a")).code(), Errc::forbidden);
  EXPECT_EQ(defence->order(order("live", {{"seconds", "10"}}, "")).code(), Errc::forbidden);
  ASSERT_TRUE(defence->order(order("live", {{"seconds", "20"}}, "b")));  // something else: asked for the first time
  EXPECT_FALSE(wants_pictures());
  ASSERT_TRUE(defence->order(order("live", {{"seconds", "10"}}, "b")));
  EXPECT_TRUE(wants_pictures());
  EXPECT_EQ(bench.told("camera.asked").size(), 2U);
  EXPECT_EQ(bench.told("camera.used")[0].params().at("person"), "a, b");
}

TEST_F(Camera, an_alarm_of_another_section_keeps_what_is_around_it_and_a_picture) {
  use(v1::ENFORCE);
  ASSERT_TRUE(recording());
  film();
  EXPECT_FALSE(wants_pictures());
  auto alarm = defence_event("malware.found", "observed", {});
  alarm.set_time_ns(bench.now().utc.unix_ns);
  defence->told(alarm);
  defence->tick();
  EXPECT_TRUE(wants_pictures());
  picture("jpeg");
  EXPECT_TRUE(bench.pieces.empty());
  ASSERT_TRUE(defence->order(order("stop")));
  ASSERT_TRUE(bench.until([&] { return !bench.told("camera.segment.sealed").empty(); }));
  EXPECT_EQ(bench.told("camera.segment.sealed")[0].params().at("held"), "true");
}

TEST_F(Camera, faces_are_looked_for_only_where_policy_says_so) {
  use(v1::WATCH);
  static_cast<void>(wants_pictures());
  EXPECT_FALSE(setup.face());
  pass(8);
  person(60, 0);
  EXPECT_TRUE(bench.told("camera.face.missing").empty());
  EXPECT_EQ(bench.facts["camera.face_check"], "off");
  EXPECT_EQ(bench.facts["camera.face"], "unknown");
  use(v1::WATCH, false, true);
  static_cast<void>(wants_pictures());
  EXPECT_TRUE(setup.face()) << "the process is started anew";
}

TEST_F(Camera, who_shows_no_face_is_told_in_watch_and_nothing_is_kept) {
  use(v1::WATCH, false, true);
  EXPECT_EQ(bench.facts["camera.face"], "unknown");
  pass(8);
  EXPECT_EQ(bench.facts["camera.face"], "none");
  person(6, 1);
  EXPECT_EQ(bench.facts["camera.face"], "present");
  EXPECT_FALSE(bench.facts["camera.face_seen"].empty());
  pass(5);
  person(40, 0);
  ASSERT_EQ(bench.told("camera.face.missing").size(), 1U);
  const auto told = bench.told("camera.face.missing")[0].params();
  EXPECT_EQ(std::pair(told.at("seconds"), told.at("picture")), std::pair(std::string("30"), std::string("none")));
  EXPECT_EQ(bench.facts["camera.face"], "missing");
  EXPECT_FALSE(wants_pictures());
  EXPECT_FALSE(std::filesystem::exists(bench.dir.path("camera/recordings")));
  pass(5);
  ASSERT_EQ(bench.told("camera.fault.ended").size(), 1U);
  EXPECT_EQ(bench.told("camera.fault.ended")[0].params().at("how"), "left");
  EXPECT_EQ(bench.facts["camera.users"], "2");
  EXPECT_EQ(bench.facts["camera.users_with_face"], "1");
  EXPECT_TRUE(defence->holds()) << "no fault of the kiosk";
}

TEST_F(Camera, who_shows_no_face_is_kept_with_a_picture_in_enforce) {
  use(v1::ENFORCE, false, true);
  ASSERT_TRUE(recording());
  film();
  pass(8);
  person(31, 0);
  ASSERT_EQ(bench.told("camera.face.missing").size(), 1U);
  EXPECT_EQ(bench.told("camera.face.missing")[0].params().at("picture"), "kept");
  EXPECT_TRUE(wants_pictures());
  picture("jpeg");
  EXPECT_FALSE(wants_pictures());
  EXPECT_TRUE(bench.pieces.empty()) << "it stays on the kiosk";
  ASSERT_TRUE(defence->order(order("stop")));
  defence->tick();
  ASSERT_TRUE(bench.until([&] { return !bench.told("camera.segment.sealed").empty(); }));
  EXPECT_EQ(bench.told("camera.segment.sealed")[0].params().at("held"), "true");
  EXPECT_EQ(bench.facts["camera.face"], "unknown");
}

TEST_F(Camera, a_covered_lens_is_no_missing_face) {
  use(v1::WATCH, false, true);
  pass(8);
  pass(60, 2);
  EXPECT_TRUE(bench.told("camera.face.missing").empty());
  EXPECT_EQ(bench.facts["camera.face"], "unknown");
}

TEST_F(Camera, a_full_disk_is_told_and_the_kiosk_is_degraded) {
  std::filesystem::create_directories(bench.dir.path("camera"));
  std::ofstream(bench.dir.path("camera/recordings")) << "a file where the directory should be";
  use(v1::ENFORCE);
  ASSERT_TRUE(bench.until([&] { return !bench.told("camera.recording.failed").empty(); }));
  EXPECT_FALSE(defence->holds());
}

}  // namespace
}  // namespace kw::agent
