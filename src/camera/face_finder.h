#pragma once
// FaceFinder counts the faces that look towards the camera, and tells nothing else about them.
//
// dlib's detector of frontal faces (histograms of gradients; Boost licence). A face is found from about an eighth of the
// picture's width on, turned by up to about 30 degrees; smaller ones are too far away to be who uses the kiosk. The
// picture is brought to 640 columns first, so that a look costs the same whatever the camera. One thread at a time.
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace kw::camera {

class FaceFinder {
 public:
  static constexpr int kColumns = 640;

  virtual ~FaceFinder() = default;
  /// make unpacks the detector: some 0.3 s. Errc::internal.
  static Result<std::unique_ptr<FaceFinder>> make();
  /// count takes 8 bit luma, row after row, `stride` octets each. Errc::invalid for sizes that device::measure_frame
  /// refuses too, Errc::truncated, Errc::internal.
  virtual Result<unsigned> count(ByteView luma, int width, int height, int stride) = 0;
};

}  // namespace kw::camera
