#pragma once
// measure_frame makes of one picture what the camera is judged by: a view too small for a face, detail, a digest.
//
//   luma (width x height) ── means over 64 x 36 fields ──> view
//                         ── gradients of a picture of about 160 columns, soft threshold against noise ──> detail, 4 x 3
//                         ── 64 bit hash ──> digest: equal pictures have equal ones, and a sensor never gives two
// PURE.
#include <array>
#include <optional>

#include "base/bytes.h"

namespace kw::device {

inline constexpr int kViewWidth = 64, kViewHeight = 36, kFieldColumns = 4, kFieldRows = 3;
inline constexpr int kFields = kFieldColumns * kFieldRows;
inline constexpr int kLeastWidth = 160, kLeastHeight = 120, kMostWidth = 1920, kMostHeight = 1080;

using CameraView = std::array<Byte, kViewWidth * kViewHeight>;

struct FrameSeen {
  CameraView view{};
  std::array<Byte, kFields> detail{};
  std::uint64_t digest = 0;
  std::optional<unsigned> faces;  // where it was looked for them; not measure_frame's
};

/// measure_frame takes 8 bit luma, row after row, `stride` octets each. Errc::invalid for sizes out of bounds,
/// Errc::truncated where `luma` is shorter than its rows.
Result<FrameSeen> measure_frame(ByteView luma, int width, int height, int stride);

}  // namespace kw::device
