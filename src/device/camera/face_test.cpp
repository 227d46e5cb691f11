// Faces' scenarios: src/device/camera/faces/*.txt, each line a phase before the kiosk.
//
//   <seconds> <who> [! <count>] [- <how>] [= <word>]
// who: nobody, passer (far, moves), user (near, moves, no face), face (near, moves, seen), glance (a face each 10 s),
// parked (near, nothing moves), blind. "!": told in this phase, with the count; "-": ended in it; "=": the word at its
// end. Nothing else may be told.
#include "device/camera/face.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace kw::device {
namespace {

struct FacePhase {
  int seconds = 0;
  std::string who, word;
  std::vector<std::string> begins, ends;
};
FacePhase parse_face_phase(const std::string& line) {
  FacePhase out;
  std::istringstream in(line);
  in >> out.seconds >> out.who;
  for (std::string sign, value; in >> sign >> value;) {
    if (sign == "!") out.begins.push_back(value);
    if (sign == "-") out.ends.push_back(value);
    if (sign == "=") out.word = value;
  }
  return out;
}

void play_faces(const std::string& file) {
  SCOPED_TRACE(file);
  FaceWatch watch;
  Duration now = std::chrono::seconds(1000);
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const auto phase = parse_face_phase(line);
    std::vector<std::string> begun, ended;
    for (int i = 0; i < phase.seconds * 4; ++i) {
      now += std::chrono::milliseconds(250);
      FaceSight seen;
      seen.near = phase.who == "user" || phase.who == "face" || phase.who == "glance" || phase.who == "parked";
      const bool moves = phase.who != "nobody" && phase.who != "parked";
      if (moves && i % 4 == 0) seen.faces = phase.who == "face" || (phase.who == "glance" && i % 40 == 0) ? 1 : 0;
      const auto told = phase.who == "blind" ? watch.blind(now) : watch.sight(seen, now);
      if (!told) continue;
      if (told->begins) begun.push_back(std::to_string(told->count));
      else ended.emplace_back(told->how);
    }
    EXPECT_EQ(begun, phase.begins);
    EXPECT_EQ(ended, phase.ends);
    if (!phase.word.empty()) {
      EXPECT_EQ(watch.word(), phase.word);
    }
  }
}

TEST(FaceWatch, scenarios) {
  int played = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(KW_SOURCE_DIR) + "/src/device/camera/faces")) {
    play_faces(entry.path().string());
    ++played;
  }
  EXPECT_GE(played, 6);
}

TEST(FaceWatch, users_are_counted_with_those_that_were_seen) {
  FaceWatch watch(5);
  Duration now{0};
  const auto stay = [&](int seconds, unsigned faces) {
    for (int i = 0; i < seconds; ++i) (void)watch.sight({true, faces}, now += std::chrono::seconds(1));
    for (int i = 0; i < 5; ++i) (void)watch.sight({false, std::nullopt}, now += std::chrono::seconds(1));
  };
  stay(8, 1);
  stay(8, 0);
  stay(2, 0);  // no user
  stay(1, 1);
  EXPECT_EQ(watch.users(), 3U);
  EXPECT_EQ(watch.with_face(), 2U);
}

TEST(FaceWatch, looks_that_come_too_fast_count_once) {
  FaceWatch watch(5);
  Duration now{0};
  for (int i = 0; i < 16; ++i) EXPECT_FALSE(watch.sight({true, 0U}, now += std::chrono::milliseconds(250)));
  bool told = false;
  for (int i = 0; i < 8; ++i) told = watch.sight({true, 0U}, now += std::chrono::milliseconds(250)).has_value() || told;
  EXPECT_TRUE(told);
}

CameraView hall_view(int light = 0) {
  CameraView out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Byte>(80 + light + (i * 7 + i / 64 * 13) % 60);
  return out;
}
CameraView with_person(CameraView view, int middle, int half) {
  for (int y = 8; y < kViewHeight; ++y)
    for (int x = std::max(0, middle - half); x < std::min(kViewWidth, middle + half); ++x)
      view[static_cast<std::size_t>(y * kViewWidth + x)] = 30;
  return view;
}

TEST(Unlike, who_stands_near_is_told_from_who_passes_far_behind_and_from_light) {
  const auto hall = hall_view();
  EXPECT_EQ(unlike(hall, hall), 0U);
  EXPECT_LT(unlike(hall, hall_view(50)), kMovedShare);
  EXPECT_GT(unlike(hall, with_person(hall, 32, 14)), kNearShare);
  EXPECT_GT(unlike(hall, with_person(hall_view(50), 32, 14)), kNearShare);
  EXPECT_LT(unlike(hall, with_person(hall, 32, 4)), kNearShare);
  EXPECT_GT(unlike(with_person(hall, 32, 14), with_person(hall, 33, 14)), kMovedShare) << "who sways moves";
}

TEST(FaceLook, it_is_looked_once_a_second_and_only_where_something_moved) {
  FaceLook look;
  Duration now{0};
  int looked = 0;
  for (int i = 0; i < 20; ++i) looked += look.due(hall_view(), now += std::chrono::milliseconds(250)) ? 1 : 0;
  EXPECT_EQ(looked, 0);
  for (int i = 0; i < 40; ++i)
    looked += look.due(with_person(hall_view(), 20 + i % 10, 14), now += std::chrono::milliseconds(250)) ? 1 : 0;
  EXPECT_GE(looked, 9);
  EXPECT_LE(looked, 10);
}

}  // namespace
}  // namespace kw::device
