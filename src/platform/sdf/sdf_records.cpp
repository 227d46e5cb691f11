#include "platform/sdf/sdf_records.h"

#include <algorithm>

namespace kw::platform {
namespace {

constexpr std::size_t kSdfField = 64, kCoordinate = 32;  // a coordinate, right-aligned in its field
constexpr std::size_t kCipherHead = 2 * kSdfField + kCoordinate;

std::size_t width(SdfNumbers numbers) { return static_cast<std::size_t>(numbers); }

/// point_at reads x and y, each in a field of 64 octets whose first half is zero.
Result<crypto::Sm2PublicKey> point_at(ByteView fields) {
  Bytes point{0x04};
  for (const auto at : {std::size_t{0}, kSdfField}) {
    const auto field = fields.subspan(at, kSdfField);
    if (std::ranges::any_of(field.first(kSdfField - kCoordinate), [](Byte b) { return b != 0; }))
      return fail(Errc::unsupported, "no point of SM2");
    append(point, field.last(kCoordinate));
  }
  return crypto::Sm2PublicKey::from_point(point);
}

std::uint64_t number_at(ByteView octets) {
  std::uint64_t out = 0;
  for (std::size_t i = octets.size(); i-- > 0;) out = out << 8 | octets[i];
  return out;
}

}  // namespace

Result<SdfPublicKey> read_sdf_public_key(ByteView record) {
  constexpr std::uint64_t kBits = 256;
  for (const auto numbers : {SdfNumbers::standard, SdfNumbers::wide}) {
    if (record.size() < width(numbers) + 2 * kSdfField || number_at(record.first(width(numbers))) != kBits) continue;
    auto key = point_at(record.subspan(width(numbers), 2 * kSdfField));
    if (key) return SdfPublicKey{std::move(*key), numbers};
  }
  return fail(Errc::unsupported, "the module's library gives no SM2 key in the form of GM/T 0018");
}

Result<SdfCipher> read_sdf_cipher(ByteView record, SdfNumbers numbers) {
  SdfCipher out;
  const auto wrong = fail(Errc::unsupported, "the module's library gives no session key in the form of GM/T 0018");
  if (record.size() < kCipherHead + width(numbers) + out.key.size()) return wrong;
  if (!point_at(record.first(2 * kSdfField))) return wrong;
  if (number_at(record.subspan(kCipherHead, width(numbers))) != out.key.size()) return wrong;
  std::ranges::copy(record.subspan(kSdfField - kCoordinate, kCoordinate), out.x.begin());
  std::ranges::copy(record.subspan(2 * kSdfField - kCoordinate, kCoordinate), out.y.begin());
  std::ranges::copy(record.subspan(2 * kSdfField, kCoordinate), out.hash.begin());
  std::ranges::copy(record.subspan(kCipherHead + width(numbers), out.key.size()), out.key.begin());
  return out;
}

Bytes write_sdf_cipher(const SdfCipher& cipher, SdfNumbers numbers) {
  Bytes out(kSdfRecordRoom);
  const auto put = [&](std::size_t at, ByteView octets) {
    std::ranges::copy(octets, out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(kSdfField - kCoordinate, cipher.x);
  put(2 * kSdfField - kCoordinate, cipher.y);
  put(2 * kSdfField, cipher.hash);
  out[kCipherHead] = static_cast<Byte>(cipher.key.size());
  put(kCipherHead + width(numbers), cipher.key);
  return out;
}

}  // namespace kw::platform
