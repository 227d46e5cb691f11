#pragma once
// correlate compares a field of the learnt view with the same field of the view now, shifted perhaps. PURE.
#include <cmath>
#include <span>

#include "device/camera/measure.h"

namespace kw::device {

inline constexpr int kFieldWidth = kViewWidth / kFieldColumns, kFieldHeight = kViewHeight / kFieldRows;

/// spread is the standard deviation.
inline double spread(std::span<const double> view) {
  double sum = 0, squares = 0;
  for (const double v : view) sum += v, squares += v * v;
  const auto n = static_cast<double>(view.size());
  return std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
}

struct Correlation {
  double value = 0;   // -1 to 1: whatever the light, 1 is the same
  double spread = 0;  // of the first view's field
  int cells = 0;      // that both have
};
/// correlate: field `f` of `a` against `b` moved by (dx, dy), where it still lies inside.
inline Correlation correlate(std::span<const double> a, std::span<const double> b, int f, int dx, int dy) {
  const int x0 = f % kFieldColumns * kFieldWidth, y0 = f / kFieldColumns * kFieldHeight;
  double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  int n = 0;
  for (int y = std::max(y0, -dy); y < std::min(y0 + kFieldHeight, kViewHeight - dy); ++y)
    for (int x = std::max(x0, -dx); x < std::min(x0 + kFieldWidth, kViewWidth - dx); ++x, ++n) {
      const double va = a[static_cast<std::size_t>(y * kViewWidth + x)];
      const double vb = b[static_cast<std::size_t>((y + dy) * kViewWidth + x + dx)];
      sa += va, sb += vb, aa += va * va, bb += vb * vb, ab += va * vb;
    }
  if (n == 0) return {};
  const double va = aa / n - sa / n * (sa / n), vb = bb / n - sb / n * (sb / n);
  Correlation out{0, std::sqrt(std::max(0.0, va)), n};
  if (va > 0.25 && vb > 0.25) out.value = (ab / n - sa / n * (sb / n)) / std::sqrt(va * vb);
  return out;
}

}  // namespace kw::device
