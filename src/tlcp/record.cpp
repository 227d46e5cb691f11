#include "tlcp/record.h"

#include "base/reader.h"
#include "base/writer.h"

namespace kw::tlcp {

Bytes encode_record(ContentType type, ByteView fragment) {
  Writer out(kRecordHeader + fragment.size());
  out.u8(static_cast<std::uint8_t>(type)).u16(kVersion).vec16(fragment);
  return std::move(out).take();
}

void RecordReader::feed(ByteView wire) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  append(buffer_, wire);
}

tl::expected<std::optional<Record>, Failure> RecordReader::next() {
  const auto left = ByteView(buffer_).subspan(at_);
  if (left.empty()) return std::nullopt;
  // The type is judged from the first octet: something that is not TLCP at all must not keep us waiting.
  if (left[0] < static_cast<Byte>(ContentType::change_cipher_spec) ||
      left[0] > static_cast<Byte>(ContentType::application_data))
    return tl::unexpected(Failure::malformed_record);
  if (left.size() >= 3 && (left[1] != kVersion >> 8 || left[2] != (kVersion & 0xff)))
    return tl::unexpected(Failure::wrong_version);
  if (left.size() < kRecordHeader) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(left[3]) << 8 | left[4];
  if (length > kMaxFragment) return tl::unexpected(Failure::record_too_large);
  if (left.size() < kRecordHeader + length) return std::nullopt;
  at_ += kRecordHeader + length;
  return Record{static_cast<ContentType>(left[0]), left.subspan(kRecordHeader, length)};
}

}  // namespace kw::tlcp
