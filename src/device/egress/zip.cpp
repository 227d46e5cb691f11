#include "device/egress/zip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace kw::device {
namespace {

constexpr std::uint32_t kEnd = 0x06054b50, kCentral = 0x02014b50, kLocal = 0x04034b50;
constexpr std::size_t kEndSize = 22, kCentralSize = 46, kLocalSize = 30, kMostComment = 0xffff;
constexpr unsigned kMostZipParts = 8192, kStored = 0, kDeflated = 8;

std::size_t le16(ByteView in, std::size_t at) { return in[at] | in[at + 1] << 8; }
std::uint32_t le32(ByteView in, std::size_t at) {
  return static_cast<std::uint32_t>(le16(in, at)) | static_cast<std::uint32_t>(le16(in, at + 2)) << 16;
}

std::size_t end_of_directory(ByteView archive) {
  if (archive.size() < kEndSize) return archive.size();
  const auto least = archive.size() - std::min(archive.size(), kEndSize + kMostComment);
  for (auto at = archive.size() - kEndSize + 1; at-- > least;)
    if (le32(archive, at) == kEnd) return at;
  return archive.size();
}

}  // namespace

bool is_zip(ByteView octets) noexcept {
  return octets.size() >= kEndSize && (le32(octets, 0) == kLocal || le32(octets, 0) == kEnd);
}

Result<std::vector<ZipPart>> read_zip(ByteView archive) {
  const auto end = end_of_directory(archive);
  if (end == archive.size()) return fail(Errc::malformed, "zip: no directory");
  const auto count = le16(archive, end + 10);
  const std::size_t size = le32(archive, end + 12), offset = le32(archive, end + 16);
  if (le16(archive, end + 4) != 0 || count == 0xffff || offset == 0xffffffffU)
    return fail(Errc::unsupported, "zip: ZIP64 or several disks");
  if (count > kMostZipParts) return fail(Errc::too_large, "zip: too many parts");
  if (size > end || offset > end - size) return fail(Errc::malformed, "zip: directory");
  const auto shift = end - size - offset;  // what was put before the archive
  std::vector<ZipPart> out;
  auto directory = archive.subspan(end - size, size);
  for (std::size_t i = 0; i < count; ++i) {
    if (directory.size() < kCentralSize || le32(directory, 0) != kCentral)
      return fail(Errc::malformed, "zip: directory");
    const auto name = le16(directory, 28), more = le16(directory, 30) + le16(directory, 32);
    const std::size_t packed = le32(directory, 20), local = le32(directory, 42) + shift;
    if (kCentralSize + name + more > directory.size()) return fail(Errc::malformed, "zip: directory");
    if (local > archive.size() || archive.size() - local < kLocalSize || le32(archive, local) != kLocal)
      return fail(Errc::malformed, "zip: part");
    const auto data = local + kLocalSize + le16(archive, local + 26) + le16(archive, local + 28);
    if (data > archive.size() || packed > archive.size() - data) return fail(Errc::malformed, "zip: part");
    out.push_back({text_of(directory.subspan(kCentralSize, name)), static_cast<unsigned>(le16(directory, 10)),
                   (le16(directory, 8) & 1U) != 0, archive.subspan(data, packed)});
    directory = directory.subspan(kCentralSize + name + more);
  }
  return out;
}

Result<Inflated> inflate(ByteView packed, bool raw, Budget& budget) {
  constexpr std::size_t kStep = std::size_t{64} << 10;
  z_stream stream{};
  if (::inflateInit2(&stream, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK) return fail(Errc::internal, "zlib");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> held(&stream, ::inflateEnd);
  stream.next_in = const_cast<Byte*>(packed.data());  // zlib's interface; it does not write there
  stream.avail_in = static_cast<uInt>(packed.size());
  Inflated out;
  const auto most = std::min(budget.octets, budget.part);
  for (int status = Z_OK; status == Z_OK;) {
    if (out.octets.size() >= most) return fail(Errc::too_large, "more comes out than is looked at");
    const auto before = out.octets.size();
    out.octets.resize(std::min(most, before + kStep));
    stream.next_out = out.octets.data() + before;
    stream.avail_out = static_cast<uInt>(out.octets.size() - before);
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.octets.resize(out.octets.size() - stream.avail_out);
    out.whole = status == Z_STREAM_END;
    if (status == Z_OK && out.octets.size() == before) break;  // the input has ended
  }
  budget.octets -= out.octets.size();
  return out;
}

Result<Bytes> unpack(const ZipPart& part, Budget& budget) {
  if (part.encrypted) return fail(Errc::unsupported, "zip: encrypted");
  if (part.method == kStored) {
    if (part.packed.size() > std::min(budget.octets, budget.part)) return fail(Errc::too_large, "zip: part");
    budget.octets -= part.packed.size();
    return copy(part.packed);
  }
  if (part.method != kDeflated) return fail(Errc::unsupported, "zip: method");
  KW_TRY(auto out, inflate(part.packed, true, budget));
  if (!out.whole) return fail(Errc::malformed, "zip: part");
  return std::move(out.octets);
}

}  // namespace kw::device
