#pragma once
// Writer appends big-endian integers and length-prefixed fields to a buffer of its own.
#include <cstdint>
#include <utility>

#include "base/bytes.h"

namespace kw {

class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t reserve) { out_.reserve(reserve); }

  Writer& u8(std::uint8_t v) { return number(v, 1); }
  Writer& u16(std::uint16_t v) { return number(v, 2); }
  Writer& u24(std::uint32_t v) { return number(v, 3); }
  Writer& u32(std::uint32_t v) { return number(v, 4); }
  Writer& u64(std::uint64_t v) { return number(v, 8); }
  Writer& raw(ByteView bytes) {
    append(out_, bytes);
    return *this;
  }
  /// vec8, vec16, vec24 and vec32 write a length of 1 to 4 octets and the field. The caller keeps to the length's range.
  Writer& vec8(ByteView b) { return number(b.size(), 1).raw(b); }
  Writer& vec16(ByteView b) { return number(b.size(), 2).raw(b); }
  Writer& vec24(ByteView b) { return number(b.size(), 3).raw(b); }
  Writer& vec32(ByteView b) { return number(b.size(), 4).raw(b); }

  [[nodiscard]] ByteView view() const noexcept { return out_; }
  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  [[nodiscard]] Bytes take() && noexcept { return std::move(out_); }

 private:
  Writer& number(std::uint64_t v, unsigned n) {
    while (n-- > 0) out_.push_back(static_cast<Byte>(v >> (8 * n)));
    return *this;
  }
  Bytes out_;
};

}  // namespace kw
