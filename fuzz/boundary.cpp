// links: agent
// What either of the agent's processes reads from the other: frames, then messages of both directions.
#include "agent/boundary/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kw::agent::FrameReader reader;
  const kw::ByteView in(data, size);
  for (const auto piece : {in.first(size / 3), in.subspan(size / 3)}) {
    reader.feed(piece);
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      if (auto message = kw::agent::parse_link_message(**next)) {
        const auto again = kw::agent::encode_frame(std::move(*message));
        if (!again) __builtin_trap();
      }
      if (auto message = kw::agent::parse_guard_message(**next)) {
        const auto again = kw::agent::encode_frame(std::move(*message));
        if (!again) __builtin_trap();
      }
    }
  }
  return 0;
}
