// links: device
// A sequence of views, each made from a few octets, judged a second apart: no order of scenes may break the engine.
#include "device/camera/watch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  CameraWatch watch;
  kw::Duration now{0};
  watch.begin(now);
  for (size_t i = 0; i + 4 <= size && i < 160; i += 4) {
    now += std::chrono::milliseconds(100 + 20 * data[i]);
    FrameSeen seen;
    for (size_t c = 0; c < seen.view.size(); ++c)
      seen.view[c] = static_cast<uint8_t>(data[i + 1] + (c * data[i + 2] + c / kViewWidth * data[i + 3]) % 97);
    seen.detail.fill(data[i + 2]);
    seen.digest = data[i + 3] % 4 == 0 ? data[i + 1] : i;
    for (const auto& told : data[i] == 255 ? watch.tick(now) : watch.frame(seen, now))
      if (told.how.empty()) __builtin_trap();
  }
  if (!watch.view().empty()) watch.learn(watch.view());
  return 0;
}
