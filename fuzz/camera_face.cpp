// links: device
// A sequence of sights, and of views that are compared: no order of them may break the engine or tell twice.
#include "device/camera/face.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  FaceWatch watch(5);
  FaceLook look;
  kw::Duration now{0};
  bool standing = false;
  for (size_t i = 0; i + 2 <= size && i < 400; i += 2) {
    now += std::chrono::milliseconds(10 * data[i]);
    FaceSight seen{(data[i + 1] & 1) != 0, std::nullopt};
    if ((data[i + 1] & 2) != 0) seen.faces = data[i + 1] >> 6;
    const auto told = data[i + 1] % 16 == 15 ? watch.blind(now) : watch.sight(seen, now);
    if (told && (told->begins == standing || told->count == 0)) __builtin_trap();
    if (told) standing = told->begins;
    CameraView view;
    view.fill(data[i]);
    view[data[i] * 9U] = data[i + 1];
    (void)look.due(view, now);
  }
  if (watch.with_face() > watch.users()) __builtin_trap();
  return 0;
}
