// dlib's detector over a drawn face (tests/support/draw_face.py): nobody's.
#include "camera/face_finder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace kw::camera {
namespace {

struct Drawn {
  int width = 0, height = 0;
  Bytes at;
};
Drawn read_drawn_face() {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/tests/support/face.pgm", std::ios::binary);
  std::string magic;
  int most = 0;
  Drawn out;
  in >> magic >> out.width >> out.height >> most;
  in.get();
  out.at.resize(static_cast<std::size_t>(out.width * out.height));
  in.read(reinterpret_cast<char*>(out.at.data()), static_cast<std::streamsize>(out.at.size()));
  return out;
}

/// A picture with the drawn face `times` as large as it was drawn; featureless: its parts are gone, the head stays.
Bytes picture_with_face(int width, int height, double times, bool featureless = false) {
  static const Drawn kFace = read_drawn_face();
  Bytes out(static_cast<std::size_t>(width * height));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      auto& cell = out[static_cast<std::size_t>(y * width + x)];
      cell = static_cast<Byte>(70 + (x * 3 / 40 + y / 17) % 50);
      const int fx = static_cast<int>((x - width / 2) / times + kFace.width / 2.0);
      const int fy = static_cast<int>((y - height / 2) / times + kFace.height / 2.0);
      if (fx < 0 || fy < 0 || fx >= kFace.width || fy >= kFace.height) continue;
      const auto tone = kFace.at[static_cast<std::size_t>(fy * kFace.width + fx)];
      if (tone != 0) cell = featureless ? Byte{110} : tone;
    }
  return out;
}

class Finder : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = FaceFinder::make();
    ASSERT_TRUE(made) << made.error().text();
    finder = std::move(*made);
  }
  unsigned count(const Bytes& picture, int width, int height) {
    const auto found = finder->count(picture, width, height, width);
    EXPECT_TRUE(found) << found.error().text();
    return found ? *found : 99;
  }
  std::unique_ptr<FaceFinder> finder;
};

TEST_F(Finder, a_face_is_found_whatever_the_size_of_the_picture) {
  EXPECT_EQ(count(picture_with_face(320, 240, 1), 320, 240), 1U);
  EXPECT_EQ(count(picture_with_face(640, 480, 1.4), 640, 480), 1U);
  EXPECT_EQ(count(picture_with_face(1280, 720, 3), 1280, 720), 1U);
  EXPECT_EQ(count(picture_with_face(1920, 1080, 4), 1920, 1080), 1U);
}

TEST_F(Finder, no_face_and_a_head_without_one_count_nothing) {
  EXPECT_EQ(count(Bytes(640 * 480, 90), 640, 480), 0U);
  EXPECT_EQ(count(picture_with_face(640, 480, 1.4, true), 640, 480), 0U);
  EXPECT_EQ(count(picture_with_face(640, 480, 0.5), 640, 480), 0U) << "too far away to be who uses the kiosk";
}

TEST_F(Finder, sizes_are_bounded) {
  EXPECT_EQ(finder->count(Bytes(100), 320, 240, 320).code(), Errc::truncated);
  EXPECT_EQ(finder->count(Bytes(100), 10, 10, 10).code(), Errc::invalid);
  EXPECT_EQ(finder->count(Bytes(100), 320, 240, 300).code(), Errc::invalid);
  EXPECT_EQ(finder->count(Bytes(100), 1 << 20, 240, 1 << 20).code(), Errc::invalid);
}

}  // namespace
}  // namespace kw::camera
