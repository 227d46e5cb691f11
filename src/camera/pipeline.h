#pragma once
// CameraPipeline is the way from a camera to measures, video and pictures: one GStreamer pipeline.
//
//   source ─> tee ─┬─ 4 a second ─> measured (device/camera/measure.h), faces counted where the setup asks for it
//                  ├─ VP8 in WebM (Motion-JPEG in Matroska where there is no encoder) ─> parts, cut at clusters
//                  └─ valve, closed until pictures are wanted ─> JPEG, 4 a second
//
//   KW_TRY(auto camera, CameraPipeline::open(setup, out));
//   while (auto more = camera->wait(100ms)) ...                    the error says why the source has ended
// A branch that is not emptied fast enough loses pictures, never the source. What comes out is called on GStreamer's
// threads, one call at a time for each branch. Only the plugins that it needs are loaded, by name.
#include <memory>
#include <string>

#include "base/time.h"
#include "device/camera/measure.h"
#include "kioskward/v1/camera.pb.h"
#include "kioskward/v1/camera_boundary.pb.h"

namespace kw::camera {

namespace v1 = ::kioskward::v1;

/// CameraOutput takes what the pipeline makes; thread-safe.
class CameraOutput {
 public:
  virtual ~CameraOutput() = default;
  virtual void frame(const device::FrameSeen& seen) = 0;
  virtual void video(v1::CameraVideo::Part part, ByteView octets) = 0;
  virtual void picture(ByteView jpeg) = 0;
};

class CameraPipeline {
 public:
  virtual ~CameraPipeline() = default;
  /// open starts the pipeline; a source that comes up later tells its failure through wait(). Errors: not_found (no
  /// source), unsupported (a plugin is missing), invalid.
  static Result<std::unique_ptr<CameraPipeline>> open(const v1::CameraSetup& setup, CameraOutput& output);
  /// wait looks after the pipeline for so long. Errors: not_found (no source), closed (it ended), malformed (its
  /// format), io.
  virtual Result<> wait(Duration most) = 0;
  virtual void pictures(bool wanted) = 0;
  /// content_type is that of the video.
  [[nodiscard]] virtual std::string content_type() const = 0;
};

/// trouble_word is the word of camera_boundary.proto for an error of open() and wait().
[[nodiscard]] std::string_view trouble_word(Errc code) noexcept;

}  // namespace kw::camera
