// links: device
// Any octets as an integrity baseline and as kept key files: what is taken is written and read again the same.
#include <cstdlib>

#include "device/integrity/key_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kw::ByteView in(data, size);
  if (const auto manifest = kw::device::Manifest::parse(in)) {
    const auto octets = manifest->serialise();
    if (octets && kw::device::Manifest::parse(*octets)->files != manifest->files) std::abort();
  }
  if (const auto files = kw::device::KeyFiles::parse(in))
    if (const auto octets = files->serialise(); kw::device::KeyFiles::parse(octets)->serialise() != octets)
      std::abort();
  return 0;
}
