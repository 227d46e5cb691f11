// The one file that knows dlib: its templates take 10 s to compile.
#include "camera/face_finder.h"

#include "device/camera/measure.h"

// Debian configures dlib for LAPACK, of which this detector would need one small decomposition; dlib has its own. Its
// configuration is read by these headers, once.
#include <dlib/algs.h>
#include <dlib/assert.h>
#include <dlib/test_for_odr_violations.h>
#undef DLIB_USE_LAPACK
#undef DLIB_USE_BLAS
#include <dlib/image_processing/frontal_face_detector.h>

namespace kw::camera {
namespace {

constexpr int kLeastColumns = device::kLeastWidth, kLeastRows = device::kLeastHeight;
constexpr int kMostColumns = device::kMostWidth, kMostRows = device::kMostHeight;

using Grey8 = dlib::array2d<unsigned char>;

/// Linear between the two nearest columns and rows, in 256ths.
void resample(const Byte* luma, int width, int height, int stride, Grey8& out) {
  const auto columns = static_cast<int>(out.nc()), rows = static_cast<int>(out.nr());
  const auto place = [](int i, int from, int to) { return std::min((2 * i + 1) * from * 128 / to, from * 256 - 128) - 128; };
  for (int y = 0; y < rows; ++y) {
    const int at_y = std::max(0, place(y, height, rows)), y0 = at_y / 256, part_y = at_y % 256;
    const Byte* upper = luma + std::ptrdiff_t{y0} * stride;
    const Byte* lower = luma + std::ptrdiff_t{std::min(y0 + 1, height - 1)} * stride;
    for (int x = 0; x < columns; ++x) {
      const int at_x = std::max(0, place(x, width, columns)), x0 = at_x / 256, x1 = std::min(x0 + 1, width - 1);
      const int part_x = at_x % 256;
      const int up = upper[x0] * (256 - part_x) + upper[x1] * part_x;
      const int down = lower[x0] * (256 - part_x) + lower[x1] * part_x;
      out[y][x] = static_cast<unsigned char>((up * (256 - part_y) + down * part_y) >> 16);
    }
  }
}

class DlibFaceFinder final : public FaceFinder {
 public:
  Result<unsigned> count(ByteView luma, int width, int height, int stride) override {
    if (width < kLeastColumns || height < kLeastRows || width > kMostColumns || height > kMostRows || stride < width ||
        stride > 4 * kMostColumns)
      return fail(Errc::invalid, "size of a picture");
    if (luma.size() < static_cast<std::size_t>(stride) * static_cast<std::size_t>(height - 1) + static_cast<std::size_t>(width))
      return fail(Errc::truncated, "picture");
    try {
      picture_.set_size(std::max(1, height * kColumns / width), kColumns);
      resample(luma.data(), width, height, stride, picture_);
      return static_cast<unsigned>(detector_(picture_).size());
    } catch (const std::exception& e) {  // dlib's errors, and memory that is not there
      return fail(Errc::internal, std::string("faces: ") + e.what());
    }
  }

 private:
  dlib::frontal_face_detector detector_ = dlib::get_frontal_face_detector();
  Grey8 picture_;
};

}  // namespace

Result<std::unique_ptr<FaceFinder>> FaceFinder::make() {
  try {
    return std::unique_ptr<FaceFinder>(std::make_unique<DlibFaceFinder>());
  } catch (const std::exception& e) {
    return fail(Errc::internal, std::string("detector of faces: ") + e.what());
  }
}

}  // namespace kw::camera
