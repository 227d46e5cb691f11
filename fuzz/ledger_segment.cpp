// links: store ledger
// Octets of a segment file: records parse or are refused, and what parses is built again as it was.
#include <cstdlib>

#include "store/ledger/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw;
  ByteView in(data, size);
  if (auto header = store::parse_segment_header(in)) {
    if (!equal(store::build_segment_header(*header), in.first(store::kSegmentHeader))) std::abort();
    in = in.subspan(store::kSegmentHeader);
  }
  while (auto record = store::parse_record(in)) {
    Bytes again;
    store::build_record(again, record->index, record->batch_first, record->leaf, record->entry);
    if (!equal(again, in.first(record->octets()))) std::abort();
    in = in.subspan(record->octets());
  }
  return 0;
}
