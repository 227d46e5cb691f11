#pragma once
// CborReader takes CBOR items off a borrowed view, in the one form that authenticators may write (CTAP2 canonical CBOR,
// RFC 8949 section 4.2): definite lengths, each number in its shortest form.
//
// Errors: truncated; malformed for another kind of item than was asked for; unsupported for indefinite lengths, tags,
// floats and long forms; too_large for what nests deeper than 8. Views point into the input. PURE.
#include <cstdint>

#include "base/reader.h"

namespace kw::webauthn {

class CborReader {
 public:
  static constexpr unsigned kMostDepth = 8;
  explicit CborReader(ByteView in) noexcept : in_(in) {}

  /// integer takes an unsigned or negative integer that fits.
  Result<std::int64_t> integer();
  Result<ByteView> octets();
  Result<std::string_view> text();  // not checked for UTF-8
  /// map gives the number of pairs, which the caller then takes; one that cannot be in what is left is truncated.
  Result<std::size_t> map();
  /// skip passes over one item of any kind, with all that is in it.
  Result<> skip() { return skip(0); }
  [[nodiscard]] bool empty() const noexcept { return in_.empty(); }
  [[nodiscard]] std::size_t position() const noexcept { return in_.position(); }
  Result<> finish() const { return in_.finish(); }

 private:
  struct Head {
    unsigned kind = 0;  // major type, 0 to 7
    std::uint64_t value = 0;
  };
  Result<Head> head();
  Result<ByteView> string(unsigned kind);
  Result<> skip(unsigned depth);
  Reader in_;
};

}  // namespace kw::webauthn
