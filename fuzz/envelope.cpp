// links: net schema
// The envelope reader over octets of a link.
#include "net/envelope_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kw::net::EnvelopeReader reader;
  const kw::ByteView in(data, size);
  for (const auto piece : {in.first(size / 3), in.subspan(size / 3)}) {
    reader.feed(piece);
    for (auto next = reader.next(); next && *next; next = reader.next()) {
    }
  }
  return 0;
}
