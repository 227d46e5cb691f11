// links: device
// Any canaries in any stream cut anywhere: the scan finds what plain search finds.
#include <algorithm>
#include <cstdlib>

#include "base/reader.h"
#include "device/drill/needles.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  Reader in({data, size});
  if (size < 4) return 0;
  device::NeedleMask mask;
  mask.fill(static_cast<Byte>(*in.u8() | 1));
  device::Needles needles(mask);
  const auto canary = copy(*in.take(std::min<std::size_t>(8 + *in.u8() % 9, in.left())));
  if (!needles.add(1, device::masked(canary, mask))) return 0;
  const auto step = in.empty() ? 1 : 1 + *in.u8() % 70;
  const auto stream = copy(in.rest());
  std::size_t plain = 0, wanted = 0;
  device::NeedleScan scan(needles, [&](const device::NeedleFound& one) { plain += one.wide ? 0 : 1; });
  for (std::size_t at = 0; at < stream.size(); at += step)
    scan.feed(ByteView(stream).subspan(at, std::min<std::size_t>(step, stream.size() - at)));
  scan.gap(0);
  for (auto at = stream.begin(); (at = std::search(at, stream.end(), canary.begin(), canary.end())) != stream.end();
       ++at)
    ++wanted;
  if (plain != wanted) std::abort();
  return 0;
}
