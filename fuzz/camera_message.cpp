// links: device
// What the camera process may say, of any octets; a frame is judged as well.
#include "device/camera/boundary.h"
#include "device/camera/watch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = kw::device::parse_camera_message({data, size});
  (void)kw::device::parse_camera_command({data, size});
  if (!message || !message->has_frame()) return 0;
  kw::device::CameraWatch watch;
  watch.begin({});
  (void)watch.frame(kw::device::frame_of(message->frame()), {});
  return 0;
}
