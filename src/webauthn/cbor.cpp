#include "webauthn/cbor.h"

#include <array>
#include <limits>

namespace kw::webauthn {
namespace {

enum Kind : unsigned {
  kUnsigned = 0,
  kNegative = 1,
  kOctets = 2,
  kText = 3,
  kArray = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7
};

}  // namespace

Result<CborReader::Head> CborReader::head() {
  KW_TRY(const auto first, in_.u8());
  Head out;
  out.kind = first >> 5;
  const unsigned info = first & 0x1f;
  if (info < 24) {
    out.value = info;
    return out;
  }
  if (info > 27) return fail(Errc::unsupported, "CBOR length");
  if (out.kind == kSimple) return fail(Errc::unsupported, "CBOR float");
  const auto octets = std::size_t{1} << (info - 24);
  KW_TRY(const auto field, in_.take(octets));
  for (const auto octet : field) out.value = out.value << 8 | octet;
  constexpr std::array<std::uint64_t, 4> kLeast{24, 0x100, 0x10000, 0x100000000};
  if (out.value < kLeast.at(info - 24)) return fail(Errc::unsupported, "CBOR long form");
  return out;
}

Result<std::int64_t> CborReader::integer() {
  KW_TRY(const auto item, head());
  if (item.kind != kUnsigned && item.kind != kNegative) return fail(Errc::malformed, "CBOR integer expected");
  if (item.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return fail(Errc::malformed, "CBOR integer");
  const auto value = static_cast<std::int64_t>(item.value);
  return item.kind == kNegative ? -1 - value : value;
}

Result<ByteView> CborReader::string(unsigned kind) {
  KW_TRY(const auto item, head());
  if (item.kind != kind) return fail(Errc::malformed, "CBOR string expected");
  if (item.value > in_.left()) return fail(Errc::truncated);
  return in_.take(static_cast<std::size_t>(item.value));
}

Result<ByteView> CborReader::octets() { return string(kOctets); }

Result<std::string_view> CborReader::text() {
  KW_TRY(const auto octets, string(kText));
  return text_of(octets);
}

Result<std::size_t> CborReader::map() {
  KW_TRY(const auto item, head());
  if (item.kind != kMap) return fail(Errc::malformed, "CBOR map expected");
  if (item.value > in_.left() / 2) return fail(Errc::truncated);  // a pair has two octets at least
  return static_cast<std::size_t>(item.value);
}

Result<> CborReader::skip(unsigned depth) {
  if (depth > kMostDepth) return fail(Errc::too_large, "CBOR depth");
  KW_TRY(const auto item, head());
  std::uint64_t inside = 0;
  switch (item.kind) {
    case kOctets:
    case kText:
      if (item.value > in_.left()) return fail(Errc::truncated);
      KW_CHECK(in_.take(static_cast<std::size_t>(item.value)));
      return {};
    case kArray:
      inside = item.value;
      break;
    case kMap:
      if (item.value > in_.left()) return fail(Errc::truncated);
      inside = 2 * item.value;
      break;
    case kTag:
      return fail(Errc::unsupported, "CBOR tag");
    default:
      return {};
  }
  if (inside > in_.left()) return fail(Errc::truncated);
  for (std::uint64_t i = 0; i < inside; ++i) KW_CHECK(skip(depth + 1));
  return {};
}

}  // namespace kw::webauthn
