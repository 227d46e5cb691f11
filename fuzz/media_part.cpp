// links: server
// What a kiosk sends as media: parts of pieces, one after the other; and the record that one piece is on the disk.
#include "base/reader.h"
#include "schema/codec.h"
#include "server/link/media_assembly.h"
#include "server/media_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kw::server::MediaAssembly assembly;
  kw::Reader in(kw::ByteView(data, size));
  while (!in.empty()) {
    const auto octets = in.vec16();
    if (!octets) break;
    const auto part = kw::schema::parse<kw::server::v1::MediaPart>(*octets, 1U << 16);
    if (!part) continue;
    const auto piece = assembly.add(*part);
    if (piece && *piece && (*piece)->data().size() > kw::server::MediaAssembly::kMostPiece) __builtin_trap();
    if (assembly.memory() > 2 * kw::server::MediaAssembly::kMostPiece) __builtin_trap();
  }
  const kw::SecretBytes key(kw::Bytes(16, 1));
  if (kw::server::open_media_record(kw::ByteView(data, size), {}, key)) __builtin_trap();  // nobody has the key
  return 0;
}
