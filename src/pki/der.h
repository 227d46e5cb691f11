#pragma once
// der_field reads one DER element with an expected tag; der_wrap writes one. Definite lengths in their shortest form
// only (X.690 section 10.1), at most 64 KiB: what the few structures of this folder need. PURE.
#include "base/reader.h"

namespace kw::pki {

inline constexpr std::uint8_t kDerBitString = 0x03;
inline constexpr std::uint8_t kDerOid = 0x06;
inline constexpr std::uint8_t kDerSequence = 0x30;

/// der_field returns the content of the next element; Errc::malformed for another tag or a length in a longer form.
Result<ByteView> der_field(Reader& in, std::uint8_t tag);
/// der_element returns the next element whole, tag and length included.
Result<ByteView> der_element(Reader& in, std::uint8_t tag);
[[nodiscard]] Bytes der_wrap(std::uint8_t tag, ByteView content);
/// der_bits reads a BIT STRING without unused bits.
Result<ByteView> der_bits(Reader& in);
[[nodiscard]] Bytes der_wrap_bits(ByteView content);

}  // namespace kw::pki
