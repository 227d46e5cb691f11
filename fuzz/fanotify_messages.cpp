// links: platform
// Any octets as what fanotify delivers: views stay inside the buffer, handles come apart.
#include "platform/linux/fanotify_messages.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<kw::platform::NameEvent> events;
  (void)kw::platform::parse_name_events({data, size}, events);
  for (const auto& event : events) {
    if (!event.folder.empty() &&
        (event.folder.data() < data || event.folder.data() + event.folder.size() > data + size))
      std::abort();
    if (!event.folder.empty() && !kw::platform::parse_folder(event.folder)) std::abort();
    if (event.name.find('\0') != std::string_view::npos) std::abort();
  }
  return 0;
}
