// links: device
// Keys of any code at any time: codes are bounded, printable and never empty.
#include "device/reader/key_wedge.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kw::device::KeyWedge wedge;
  kw::Duration now{0};
  for (size_t at = 0; at + 2 < size; at += 3) {
    now += std::chrono::milliseconds(static_cast<int8_t>(data[at + 1]) * 4);
    const auto text = wedge.key(data[at], static_cast<int8_t>(data[at + 2]) % 4, now);
    if (!text) continue;
    if (text->empty() || text->size() > kw::device::kMostCode) std::abort();
    if (!std::ranges::all_of(text->reveal(), [](auto c) { return c >= 0x20 && c < 0x7f; })) std::abort();
  }
  return 0;
}
