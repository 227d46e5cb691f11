#pragma once
// DerReader takes elements off strict DER (X.690 section 10); the functions after it write such elements.
//
// Refused: indefinite and non-minimal lengths, tags above 30, lengths above 16 MiB, trailing octets where finish() is
// asked. There is no recursion: nesting is what the calling code spells out. Views live as long as the input. PURE.
#include <initializer_list>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

namespace kw::crypto {

namespace tag {
inline constexpr Byte kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kNull = 0x05,
                      kOid = 0x06, kEnumerated = 0x0a, kUtf8 = 0x0c, kPrintable = 0x13, kIa5 = 0x16, kUtcTime = 0x17,
                      kGeneralizedTime = 0x18, kSequence = 0x30, kSet = 0x31;
/// context gives [n], constructed or primitive.
constexpr Byte context(unsigned n, bool constructed = true) {
  return static_cast<Byte>((constructed ? 0xa0U : 0x80U) | n);
}
}  // namespace tag

class DerReader {
 public:
  struct Element {
    Byte tag = 0;
    ByteView content;
    ByteView whole;  // tag and length included
  };

  explicit DerReader(ByteView in) noexcept : in_(in) {}
  [[nodiscard]] bool empty() const noexcept { return in_.empty(); }
  [[nodiscard]] bool next_is(Byte tag) const noexcept { return !in_.empty() && in_.front() == tag; }

  Result<Element> any();
  /// element and content want the given tag: Errc::malformed for another, Errc::truncated at the end.
  Result<Element> element(Byte tag);
  Result<ByteView> content(Byte tag);
  /// enter opens a constructed element and reads on inside it.
  Result<DerReader> enter(Byte tag);
  /// unsigned_integer gives the magnitude of a non-negative INTEGER without leading zero (zero is one zero octet).
  Result<ByteView> unsigned_integer();
  Result<std::uint64_t> small_integer();
  Result<bool> boolean();
  /// bit_string wants whole octets (no unused bits).
  Result<ByteView> bit_string();
  /// time takes a UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5.
  Result<Timestamp> time();
  /// finish succeeds only at the end (Errc::trailing_data).
  Result<> finish() const;

 private:
  ByteView in_;
};

/// der writes one element around the concatenation of its parts.
[[nodiscard]] Bytes der(Byte tag, std::initializer_list<ByteView> parts);
[[nodiscard]] Bytes der_unsigned(ByteView magnitude);
[[nodiscard]] Bytes der_unsigned(std::uint64_t value);
[[nodiscard]] Bytes der_bit_string(ByteView octets);
/// der_time chooses UTCTime through 2049 and GeneralizedTime after; parts of a second are dropped.
[[nodiscard]] Bytes der_time(Timestamp when);

}  // namespace kw::crypto
