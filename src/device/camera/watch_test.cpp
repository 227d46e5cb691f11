// The camera's scenarios: src/device/camera/scenarios/*.txt, each line a phase of the scene before the lens.
//
//   <seconds> <scene> [<number>] [! <fault> <how>] [- <fault>]
// "!": told within 10 s of the phase's beginning; "-": ended in it. Nothing else may be told.
#include "device/camera/watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace kw::device {
namespace {

constexpr int kWide = 320, kHigh = 240, kPerSecond = 4;

/// Scene draws what a sensor gives: a hall with edges and textures, people, light, noise.
class Scene {
 public:
  Scene() {
    std::mt19937 shape(7);
    std::normal_distribution<double> grain(0, 1);
    for (int i = 0; i < 100'003; ++i) grains_.push_back(grain(shape));
    room_.resize(static_cast<std::size_t>(kRoomWide * kRoomHigh));
    for (int y = 0; y < kRoomHigh; ++y)
      for (int x = 0; x < kRoomWide; ++x)
        at(x, y) = 90 + 30 * std::sin(x / 37.0) + 20 * std::cos(y / 29.0);
    std::uniform_int_distribution<int> where_x(0, kRoomWide - 1), where_y(0, kRoomHigh - 1), size(8, 60), tone(20, 220);
    for (int i = 0; i < 260; ++i) {
      const int x0 = where_x(shape), y0 = where_y(shape), w = size(shape), h = size(shape), v = tone(shape);
      for (int y = y0; y < std::min(kRoomHigh, y0 + h); ++y)
        for (int x = x0; x < std::min(kRoomWide, x0 + w); ++x) at(x, y) = v + 12 * ((x / 4 + y / 4) % 2);
    }
  }
  double light = 1, person = -1;
  int aside = 0, up = 0;
  bool dark = false, hand = false, blurred = false, infrared = false, crowd = false;

  Bytes draw() {
    std::vector<double> picture(static_cast<std::size_t>(kWide * kHigh));
    for (int y = 0; y < kHigh; ++y)
      for (int x = 0; x < kWide; ++x) {
        double v = at(x + kMargin + aside, y + kMargin + up);
        // A person: head and shoulders, half of the view wide.
        const double px = person - x;
        if (person > -100 && ((y > 110 && std::abs(px) < 80) || (y > 50 && y <= 110 && std::abs(px) < 32)))
          v = 60 + 25 * std::sin((x - person) / 9.0) + 20 * std::cos(y / 7.0);
        if (infrared) v = 30 + 0.6 * v * std::exp(-((x - 160.0) * (x - 160) + (y - 120.0) * (y - 120)) / 30000);
        if (hand) v = 34 + x / 30.0 + y / 40.0;
        if (dark) v = 2;
        picture[static_cast<std::size_t>(y * kWide + x)] = v * light;
      }
    if (blurred) blur(picture);
    Bytes out(picture.size());
    auto grain = noise_() % grains_.size();  // drawn once: drawing it for each cell is what would take the time
    const double much = dark ? 0.6 : 2.5;
    for (std::size_t i = 0; i < out.size(); ++i, grain = grain + 1 == grains_.size() ? 0 : grain + 1)
      out[i] = static_cast<Byte>(std::clamp(picture[i] + much * grains_[grain], 0.0, 255.0));
    return out;
  }

 private:
  static constexpr int kMargin = 120, kRoomWide = kWide + 2 * kMargin, kRoomHigh = kHigh + 2 * kMargin;
  double& at(int x, int y) { return room_[static_cast<std::size_t>(y * kRoomWide + x)]; }
  static void blur(std::vector<double>& picture) {
    constexpr int kRadius = 9;
    for (int pass = 0; pass < 2; ++pass) {
      const auto from = picture;
      for (int y = 0; y < kHigh; ++y)
        for (int x = 0; x < kWide; ++x) {
          double sum = 0;
          for (int d = -kRadius; d <= kRadius; ++d) {
            const int xx = pass == 0 ? std::clamp(x + d, 0, kWide - 1) : x, yy = pass == 0 ? y : std::clamp(y + d, 0, kHigh - 1);
            sum += from[static_cast<std::size_t>(yy * kWide + xx)];
          }
          picture[static_cast<std::size_t>(y * kWide + x)] = sum / (2 * kRadius + 1);
        }
    }
  }
  std::vector<double> room_;
  std::mt19937 noise_{11};
  std::vector<double> grains_;
};

struct Phase {
  int seconds = 0;
  std::string scene;
  double number = 0;
  std::vector<std::string> begins, ends;  // "covered dark"; "covered"
};
Phase parse(const std::string& line) {
  Phase out;
  std::istringstream in(line);
  in >> out.seconds >> out.scene;
  for (std::string word; in >> word;) {
    std::string fault, how;
    if (word == "!") {
      in >> fault >> how;
      out.begins.push_back(fault + " " + how);
    } else if (word == "-") {
      in >> fault;
      out.ends.push_back(fault);
    } else {
      out.number = std::stod(word);
    }
  }
  return out;
}

void play_camera(const std::string& file) {
  SCOPED_TRACE(file);
  CameraWatch watch;
  Scene scene;
  Duration now = std::chrono::seconds(1000);
  watch.begin(now);
  std::ifstream in(file);
  std::deque<Bytes> film;  // what was seen, for a replay
  std::size_t shown = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    auto phase = parse(line);
    const double light = scene.light;
    const auto began = now;
    auto& s = phase.scene;
    if (s == "dark") scene.dark = phase.number != 0;
    if (s == "hand") scene.hand = phase.number != 0;
    if (s == "blur") scene.blurred = phase.number != 0;
    if (s == "infrared") scene.infrared = phase.number != 0;
    if (s == "aside") scene.aside = static_cast<int>(phase.number);
    if (s == "up") scene.up = static_cast<int>(phase.number);
    if (s == "switch") scene.light = phase.number;
    std::vector<std::string> begun, ended;
    for (int i = 0; i < phase.seconds * kPerSecond; ++i) {
      now += std::chrono::milliseconds(1000 / kPerSecond);
      const double part = (i + 1.0) / (phase.seconds * kPerSecond);
      if (s == "dim") scene.light = light + (phase.number - light) * part;
      scene.person = s == "walk" ? -80 + part * (kWide + 160) : s == "stand" ? 160 + 6 * std::sin(i / 3.0) : -1000;
      std::vector<CameraTold> told;
      if (s != "nothing") {
        auto picture = s == "frozen" && !film.empty() ? film.back() : s == "replay" ? film[shown++ % film.size()] : scene.draw();
        const auto seen = measure_frame(picture, kWide, kHigh, kWide);
        ASSERT_TRUE(seen) << seen.error().text();
        told = watch.frame(*seen, now);
        if (s == "room") film.push_back(std::move(picture));
        if (film.size() > 60) film.pop_front();
      }
      for (auto& more : watch.tick(now)) told.push_back(more);
      for (const auto& one : told) {
        if (one.begins) {
          begun.push_back(std::string(name(one.fault)) + " " + one.how);
          if (one.fault != CameraFault::no_picture) {
            EXPECT_LE(now - began, std::chrono::seconds(10)) << begun.back();
          }
        } else {
          ended.emplace_back(name(one.fault));
        }
      }
    }
    EXPECT_EQ(begun, phase.begins);
    EXPECT_EQ(ended, phase.ends);
  }
}

TEST(CameraWatch, scenarios) {
  int played = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR) + "/src/device/camera/scenarios")) {
    play_camera(entry.path().string());
    ++played;
  }
  EXPECT_GE(played, 10);
}

FrameSeen drawn(Scene& scene) { return *measure_frame(scene.draw(), kWide, kHigh, kWide); }

TEST(CameraWatch, a_view_that_was_kept_finds_a_camera_that_was_turned_while_the_kiosk_was_off) {
  Scene scene;
  CameraWatch before, after;
  Duration now{0};
  before.begin(now);
  for (int i = 0; i < 40; ++i) before.frame(drawn(scene), now += std::chrono::milliseconds(250));
  const auto view = before.view();
  ASSERT_FALSE(view.empty());
  after.learn(view);
  after.begin(now);
  scene.aside = 40;
  bool moved = false;
  for (int i = 0; i < 40; ++i)
    for (const auto& one : after.frame(drawn(scene), now += std::chrono::milliseconds(250)))
      moved = moved || (one.begins && one.fault == CameraFault::moved);
  EXPECT_TRUE(moved);
}

TEST(CameraWatch, relearning_takes_a_new_view_for_the_right_one) {
  Scene scene;
  CameraWatch watch;
  Duration now{0};
  watch.begin(now);
  for (int i = 0; i < 40; ++i) watch.frame(drawn(scene), now += std::chrono::milliseconds(250));
  scene.aside = 60;
  watch.relearn();
  for (int i = 0; i < 80; ++i) EXPECT_TRUE(watch.frame(drawn(scene), now += std::chrono::milliseconds(250)).empty());
}

TEST(CameraWatch, what_stands_ends_with_a_pause_and_idle_judges_nothing) {
  Scene scene;
  CameraWatch watch;
  Duration now{0};
  EXPECT_TRUE(watch.frame(drawn(scene), now).empty());
  EXPECT_TRUE(watch.tick(now + CameraWatch::kFirst * 2).empty());
  watch.begin(now);
  ASSERT_EQ(watch.tick(now + CameraWatch::kFirst).size(), 1U);
  EXPECT_TRUE(watch.tick(now + CameraWatch::kFirst * 2).empty());
  const auto told = watch.pause(now + CameraWatch::kFirst * 2);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].begins);
  EXPECT_TRUE(watch.standing().empty());
}

TEST(CameraWatch, a_foreign_view_is_not_learnt) {
  CameraWatch watch;
  watch.learn(Bytes(100, 1));
  EXPECT_TRUE(watch.view().empty());
}

TEST(MeasureFrame, sizes_are_bounded) {
  const Bytes picture(static_cast<std::size_t>(kWide * kHigh));
  EXPECT_TRUE(measure_frame(picture, kWide, kHigh, kWide));
  EXPECT_EQ(measure_frame(picture, kWide, kHigh + 1, kWide).code(), Errc::truncated);
  EXPECT_EQ(measure_frame(picture, 100, 100, 100).code(), Errc::invalid);
  EXPECT_EQ(measure_frame(picture, kWide, kHigh, kWide - 1).code(), Errc::invalid);
  EXPECT_EQ(measure_frame(picture, 1 << 20, kHigh, 1 << 20).code(), Errc::invalid);
}

}  // namespace
}  // namespace kw::device
