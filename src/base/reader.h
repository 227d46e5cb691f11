#pragma once
// Reader takes big-endian integers and length-prefixed fields off a borrowed view; it never reads past its end.
//
// Views that it returns point into the input and live as long as the input does. After an error the position is
// unspecified: give up on the object.
#include <cstdint>

#include "base/bytes.h"

namespace kw {

class Reader {
 public:
  explicit Reader(ByteView in) noexcept : in_(in) {}

  [[nodiscard]] std::size_t left() const noexcept { return in_.size() - at_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] bool empty() const noexcept { return left() == 0; }

  Result<std::uint8_t> u8() { return number<std::uint8_t>(1); }
  Result<std::uint16_t> u16() { return number<std::uint16_t>(2); }
  Result<std::uint32_t> u24() { return number<std::uint32_t>(3); }
  Result<std::uint32_t> u32() { return number<std::uint32_t>(4); }
  Result<std::uint64_t> u64() { return number<std::uint64_t>(8); }

  /// take returns the next n octets.
  Result<ByteView> take(std::size_t n) {
    if (left() < n) return fail(Errc::truncated);
    const auto out = in_.subspan(at_, n);
    at_ += n;
    return out;
  }
  /// vec8, vec16, vec24 and vec32 return a field that a length of 1 to 4 octets announces, at most `most` octets long.
  Result<ByteView> vec8(std::size_t most = 0xff) { return vec(u8(), most); }
  Result<ByteView> vec16(std::size_t most = 0xffff) { return vec(u16(), most); }
  Result<ByteView> vec24(std::size_t most = 0xffffff) { return vec(u24(), most); }
  Result<ByteView> vec32(std::size_t most) { return vec(u32(), most); }
  /// rest returns everything that is left.
  ByteView rest() noexcept {
    const auto out = in_.subspan(at_);
    at_ = in_.size();
    return out;
  }
  /// finish succeeds only at the end of the input.
  Result<> finish() const {
    if (!empty()) return fail(Errc::trailing_data);
    return {};
  }

 private:
  template <class T>
  Result<T> number(std::size_t n) {
    if (left() < n) return fail(Errc::truncated);
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < n; ++i) out = out << 8 | in_[at_ + i];
    at_ += n;
    return static_cast<T>(out);
  }
  template <class T>
  Result<ByteView> vec(Result<T> length, std::size_t most) {
    if (!length) return fail(Errc::truncated);
    if (*length > most) return fail(Errc::too_large);
    return take(*length);
  }

  ByteView in_;
  std::size_t at_ = 0;
};

}  // namespace kw
