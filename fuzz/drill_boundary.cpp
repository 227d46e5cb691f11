// links: device
// What kioskward-drill and the guard say to each other, of any octets; what parses is said again, and told.
#include <cstdlib>

#include "device/drill/boundary.h"
#include "device/drill/report.h"
#include "device/system/segments.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  const auto command = parse_drill_command({data, size});
  if (command && !parse_drill_command(encode_drill(*command))) std::abort();
  const auto news = parse_drill_news({data, size});
  if (news && !parse_drill_news(encode_drill(*news))) std::abort();
  if (news && news->has_report() && drill_events(news->report(), "").size() > kMostFound + 1) std::abort();
  const auto segments = parse_segments(Segment::Kind::memory, kw::text_of({data, size}));
  if (segments && segments->size() > size) std::abort();
  return 0;
}
