#include "report/zip_writer.h"

#include <zlib.h>

namespace kw::report {
namespace {

constexpr std::uint32_t kLocalMark = 0x04034b50, kCentralMark = 0x02014b50, kEndMark = 0x06054b50;
constexpr std::uint16_t kZipVersion = 20, kUtf8Names = 0x0800, kFirstDay = 0x0021;  // 1980-01-01
constexpr std::size_t kMostArchive = 0xfffffffe, kMostParts = 65'534, kMostName = 255;

/// ZIP's integers are little-endian.
class LittleWriter {
 public:
  LittleWriter& u16(std::size_t value) { return put(value, 2); }
  LittleWriter& u32(std::size_t value) { return put(value, 4); }
  Bytes octets;

 private:
  LittleWriter& put(std::size_t value, int count) {
    for (int i = 0; i < count; ++i) octets.push_back(static_cast<Byte>(value >> (8U * static_cast<unsigned>(i))));
    return *this;
  }
};

/// What the local and the central head of a part have in common.
void put_common(LittleWriter& out, const PackedPart& part) {
  out.u16(kZipVersion).u16(kUtf8Names).u16(part.deflated ? Z_DEFLATED : 0).u16(0).u16(kFirstDay).u32(part.crc);
  out.u32(part.packed.size()).u32(part.octets).u16(part.name.size()).u16(0);
}

}  // namespace

std::uint32_t crc32_of(ByteView octets) noexcept {
  return static_cast<std::uint32_t>(::crc32_z(0, octets.data(), octets.size()));
}

PackedPart stored_part(std::string name, Bytes octets) {
  const auto crc = crc32_of(octets);
  const auto size = octets.size();
  return {std::move(name), false, crc, size, std::move(octets)};
}

PackedPart deflate_part(std::string name, ByteView octets) {
  PackedPart out{std::move(name), true, crc32_of(octets), octets.size(), {}};
  z_stream stream{};
  // raw deflate; zlib allocates 256 KiB, whose lack ends the program as any other does
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return stored_part(std::move(out.name), copy(octets));
  out.packed.resize(::deflateBound(&stream, octets.size()));
  stream.next_in = const_cast<Byte*>(octets.data());  // zlib's interface; it does not write there
  stream.avail_in = static_cast<uInt>(octets.size());
  stream.next_out = out.packed.data();
  stream.avail_out = static_cast<uInt>(out.packed.size());
  const bool whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return whole ? out : stored_part(std::move(out.name), copy(octets));
}

Result<Bytes> write_zip(const std::vector<PackedPart>& parts) {
  if (parts.size() > kMostParts) return fail(Errc::too_large, "zip: too many parts");
  LittleWriter out, directory;
  for (const auto& part : parts) {
    if (part.name.empty() || part.name.size() > kMostName) return fail(Errc::invalid, "zip: name of a part");
    const auto at = out.octets.size();
    if (part.packed.size() > kMostArchive || part.octets > kMostArchive || at + part.packed.size() > kMostArchive)
      return fail(Errc::too_large, "zip");
    out.u32(kLocalMark);
    put_common(out, part);
    append(out.octets, bytes_of(part.name));
    append(out.octets, part.packed);
    directory.u32(kCentralMark).u16(kZipVersion);
    put_common(directory, part);
    directory.u16(0).u16(0).u16(0).u32(0).u32(at);  // comment, disk, attributes, place
    append(directory.octets, bytes_of(part.name));
  }
  const auto at = out.octets.size();
  append(out.octets, directory.octets);
  out.u32(kEndMark).u16(0).u16(0).u16(parts.size()).u16(parts.size());
  out.u32(directory.octets.size()).u32(at).u16(0);
  if (out.octets.size() > kMostArchive) return fail(Errc::too_large, "zip");
  return std::move(out.octets);
}

}  // namespace kw::report
