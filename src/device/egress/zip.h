#pragma once
// read_zip lists what a ZIP archive holds (APPNOTE 6.3.3 without ZIP64), by its central directory; inflate_part unpacks
// one part. Budget is what all unpacking of one document may cost.
//
// Sizes that an archive claims are not believed: output is bounded by the budget as it comes. Encrypted parts and
// methods other than stored and deflated are Errc::unsupported. PURE.
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::device {

struct Budget {
  std::size_t octets = std::size_t{64} << 20;  // that may still come out
  std::size_t part = std::size_t{24} << 20;    // of one part
  unsigned parts = 8192;                       // that may still be looked at
  unsigned depth = 4;                          // of archives in archives
};

struct ZipPart {
  std::string_view name;  // points into the archive
  unsigned method = 0;
  bool encrypted = false;
  ByteView packed;
};
/// Errc::malformed, Errc::too_large, Errc::unsupported (ZIP64, several disks).
[[nodiscard]] Result<std::vector<ZipPart>> read_zip(ByteView archive);
[[nodiscard]] bool is_zip(ByteView octets) noexcept;
/// Errc::unsupported, Errc::malformed, Errc::too_large.
[[nodiscard]] Result<Bytes> unpack(const ZipPart& part, Budget& budget);

/// inflate takes a stream of zlib's form (RFC 1950) or, raw, without head and sum (RFC 1951). What came before an error
/// counts: `whole` says whether the end was reached.
struct Inflated {
  Bytes octets;
  bool whole = false;
};
[[nodiscard]] Result<Inflated> inflate(ByteView packed, bool raw, Budget& budget);

}  // namespace kw::device
