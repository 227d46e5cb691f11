// links: agent
// Any octets as a segment file: scan_segment refuses or cuts them, and what it accepts opens again.
#include <cstdlib>

#include "agent/spool/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = kw::SecretBytes::copy_of(kw::Bytes(32, 7));
  const kw::ByteView file(data, size);
  const auto scan = kw::agent::scan_segment(file, key);
  if (!scan) return 0;
  const auto segment = kw::agent::SegmentKey::derive(key, scan->header.salt);
  for (const auto& place : scan->records)
    if (!segment || !segment->open_record(file.subspan(place.offset, place.length))) std::abort();
  return 0;
}
