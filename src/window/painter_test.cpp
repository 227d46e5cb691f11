#include "window/painter.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace kw::window {
namespace {

constexpr std::uint32_t kRed = 0x8c1d18;

/// A canvas in memory: cairo's RGB24, a word a pixel.
class Canvas {
 public:
  Canvas(int width, int height)
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)), cairo_(cairo_create(surface_)) {}
  ~Canvas() {
    cairo_destroy(cairo_);
    cairo_surface_destroy(surface_);
  }
  cairo_t* cairo() { return cairo_; }
  [[nodiscard]] std::uint32_t pixel(int x, int y) const {
    cairo_surface_flush(surface_);
    std::uint32_t out = 0;
    std::memcpy(&out, cairo_image_surface_get_data(surface_) + y * cairo_image_surface_get_stride(surface_) + 4 * x, 4);
    return out & 0xffffff;
  }

 private:
  cairo_surface_t* surface_;
  cairo_t* cairo_;
};

NoticeView view(std::size_t long_by) {
  NoticeView out;
  out.cut = true;
  out.case_id = "0123456789abcdef0123456789abcdef";
  out.reason_zh = "检测到违规外联";
  for (std::size_t i = 0; i < long_by; ++i) out.reason_zh += "检测到违规外联";
  out.reason_en = "A connection to a place that is not allowed was attempted";
  out.phone = "0755-8888 0001";
  return out;
}

struct Case {
  int width, height;
  std::size_t long_by;
};

TEST(Painter, FillsEveryScreenAndCutsNothingOff) {
  for (const auto& [width, height, long_by] : {Case{1920, 1080, 0}, Case{1080, 1920, 0}, Case{1280, 720, 0},
                                               Case{800, 480, 0}, Case{1280, 720, 40}, Case{320, 240, 10}}) {
    SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height) + " " + std::to_string(long_by));
    Canvas canvas(width, height);
    const double share = paint(canvas.cairo(), width, height, lines_of(view(long_by), "2026-11-23 16:15:30"));
    EXPECT_GT(share, 0.2);
    int left = width, right = -1, top = height, bottom = -1;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        if (canvas.pixel(x, y) != kRed) {
          left = std::min(left, x), right = std::max(right, x);
          top = std::min(top, y), bottom = std::max(bottom, y);
        }
    ASSERT_GE(right, 0) << "nothing is written";
    EXPECT_GE(left, width / 50);
    EXPECT_LT(right, width - width / 50);
    EXPECT_GE(top, height / 50);
    EXPECT_LT(bottom, height - height / 50);
    EXPECT_NEAR(left + right, width, width * 0.04) << "in the middle";
  }
}

TEST(Painter, WithoutLinesItIsRed) {
  Canvas canvas(40, 30);
  EXPECT_EQ(paint(canvas.cairo(), 40, 30, {}), 1);
  for (const auto& [x, y] : {std::pair{0, 0}, {39, 29}, {20, 15}}) EXPECT_EQ(canvas.pixel(x, y), kRed);
}

}  // namespace
}  // namespace kw::window
