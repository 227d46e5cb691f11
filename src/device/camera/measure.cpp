#include "device/camera/measure.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace kw::device {
namespace {

constexpr int kDetailColumns = 160;
constexpr int kNoise = 3;         // gradients up to this are a sensor's noise
constexpr unsigned kDetailGain = 8;  // so that an ordinary room lies in the middle of an octet

struct Grey {
  int width = 0, height = 0;
  Bytes at;
};

/// Means over `columns` x `rows` fields that cover the whole picture.
Grey shrink(ByteView luma, int width, int height, int stride, int columns, int rows) {
  Grey out{columns, rows, Bytes(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows))};
  for (int r = 0; r < rows; ++r) {
    const int y0 = r * height / rows, y1 = std::max(y0 + 1, (r + 1) * height / rows);
    for (int c = 0; c < columns; ++c) {
      const int x0 = c * width / columns, x1 = std::max(x0 + 1, (c + 1) * width / columns);
      unsigned sum = 0;
      for (int y = y0; y < y1; ++y) {
        const auto* row = luma.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(stride);
        for (int x = x0; x < x1; ++x) sum += row[x];
      }
      const auto count = static_cast<unsigned>((y1 - y0) * (x1 - x0));
      out.at[static_cast<std::size_t>(r * columns + c)] = static_cast<Byte>((sum + count / 2) / count);
    }
  }
  return out;
}

void measure_detail(const Grey& grey, std::array<Byte, kFields>& out) {
  const auto at = [&](int x, int y) { return int{grey.at[static_cast<std::size_t>(y * grey.width + x)]}; };
  for (int f = 0; f < kFields; ++f) {
    const int x0 = f % kFieldColumns * grey.width / kFieldColumns, y0 = f / kFieldColumns * grey.height / kFieldRows;
    const int x1 = std::min((f % kFieldColumns + 1) * grey.width / kFieldColumns, grey.width - 1);
    const int y1 = std::min((f / kFieldColumns + 1) * grey.height / kFieldRows, grey.height - 1);
    unsigned sum = 0, count = 0;
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x, ++count) {
        sum += static_cast<unsigned>(std::max(0, std::abs(at(x + 1, y) - at(x, y)) - kNoise));
        sum += static_cast<unsigned>(std::max(0, std::abs(at(x, y + 1) - at(x, y)) - kNoise));
      }
    out[static_cast<std::size_t>(f)] = static_cast<Byte>(std::min(255U, count == 0 ? 0U : sum * kDetailGain / count));
  }
}

/// Not for adversaries: whoever makes pictures can make other ones.
std::uint64_t digest_of(ByteView luma, int width, int height, int stride) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (int y = 0; y < height; ++y) {
    const auto* row = luma.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(stride);
    int x = 0;
    for (; x + 8 <= width; x += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, row + x, 8);
      h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
      h ^= h >> 29;
    }
    for (; x < width; ++x) h = (h ^ row[x]) * 0x100000001b3ULL;
  }
  return h;
}

}  // namespace

Result<FrameSeen> measure_frame(ByteView luma, int width, int height, int stride) {
  if (width < kLeastWidth || height < kLeastHeight || width > kMostWidth || height > kMostHeight || stride < width ||
      stride > 4 * kMostWidth)
    return fail(Errc::invalid, "size of a picture");
  if (luma.size() < static_cast<std::size_t>(stride) * static_cast<std::size_t>(height - 1) + static_cast<std::size_t>(width))
    return fail(Errc::truncated, "picture");
  FrameSeen out;
  const auto view = shrink(luma, width, height, stride, kViewWidth, kViewHeight);
  std::ranges::copy(view.at, out.view.begin());
  const int cell = std::max(1, width / kDetailColumns);
  measure_detail(shrink(luma, width, height, stride, width / cell, height / cell), out.detail);
  out.digest = digest_of(luma, width, height, stride);
  return out;
}

}  // namespace kw::device
