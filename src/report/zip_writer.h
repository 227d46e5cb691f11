#pragma once
// write_zip makes a ZIP archive (APPNOTE 6.3.3) that has one form only: parts one behind the other, no times, no extra
// fields, no comment. deflate_part packs one part; pack_zip does both.
//
// Since there is one form, who has the packed parts writes the archive again and compares: nothing between or behind
// the parts goes unread (read_zip of src/device reads what is written here). Without ZIP64: Errc::too_large above 4 GiB
// or 65,534 parts. PURE.
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::report {

struct PackedPart {
  std::string name;
  bool deflated = false;
  std::uint32_t crc = 0;   // CRC-32 of what comes out
  std::size_t octets = 0;  // that come out
  Bytes packed;
};

/// deflate_part packs with zlib's default level; `stored` leaves the octets as they are (of what is packed already).
[[nodiscard]] PackedPart deflate_part(std::string name, ByteView octets);
[[nodiscard]] PackedPart stored_part(std::string name, Bytes octets);
[[nodiscard]] std::uint32_t crc32_of(ByteView octets) noexcept;

Result<Bytes> write_zip(const std::vector<PackedPart>& parts);

}  // namespace kw::report
