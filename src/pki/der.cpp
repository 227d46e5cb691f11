#include "pki/der.h"

#include "base/writer.h"

namespace kw::pki {
namespace {

Result<std::size_t> read_length(Reader& in) {
  KW_TRY(const auto first, in.u8());
  if (first < 0x80) return first;
  if (first == 0x81) {
    KW_TRY(const auto length, in.u8());
    if (length < 0x80) return fail(Errc::malformed, "DER length in a longer form");
    return length;
  }
  if (first == 0x82) {
    KW_TRY(const auto length, in.u16());
    if (length < 0x100) return fail(Errc::malformed, "DER length in a longer form");
    return length;
  }
  return fail(Errc::malformed, "DER length");
}

}  // namespace

Result<ByteView> der_field(Reader& in, std::uint8_t tag) {
  KW_TRY(const auto found, in.u8());
  if (found != tag) return fail(Errc::malformed, "DER tag");
  KW_TRY(const auto length, read_length(in));
  return in.take(length);
}

Result<ByteView> der_element(Reader& in, std::uint8_t tag) {
  Reader whole = in;
  const auto start = in.position();
  KW_CHECK(der_field(in, tag));
  return whole.take(in.position() - start);
}

Bytes der_wrap(std::uint8_t tag, ByteView content) {
  Writer out(content.size() + 4);
  out.u8(tag);
  if (content.size() < 0x80) {
    out.u8(static_cast<std::uint8_t>(content.size()));
  } else if (content.size() < 0x100) {
    out.u8(0x81).u8(static_cast<std::uint8_t>(content.size()));
  } else {
    out.u8(0x82).u16(static_cast<std::uint16_t>(content.size()));
  }
  out.raw(content);
  return std::move(out).take();
}

Result<ByteView> der_bits(Reader& in) {
  KW_TRY(const auto content, der_field(in, kDerBitString));
  if (content.empty() || content[0] != 0) return fail(Errc::malformed, "BIT STRING with unused bits");
  return content.subspan(1);
}

Bytes der_wrap_bits(ByteView content) {
  Bytes inner{0};
  append(inner, content);
  return der_wrap(kDerBitString, inner);
}

}  // namespace kw::pki
