#include "crypto/ghash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)  // the processor family decides which instructions exist; cpuid decides at run time
#include <immintrin.h>
#endif

namespace kw::crypto {
namespace {

using Element = Ghash::Element;
using Powers = std::array<Element, 4>;

/// The 255-bit product before reduction, least significant word first.
struct Product {
  std::uint64_t w0 = 0, w1 = 0, w2 = 0, w3 = 0;
};

std::uint64_t load64(const Byte* p) noexcept {
  std::uint64_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::little ? __builtin_bswap64(v) : v;
}

void store64(Byte* p, std::uint64_t v) noexcept {
  if constexpr (std::endian::native == std::endian::little) v = __builtin_bswap64(v);
  std::memcpy(p, &v, sizeof v);
}

// reduce aligns the reflected product (one bit short) and folds x^128 = 1 + x + x^2 + x^7 twice.
inline Element reduce(Product p) noexcept {
  p.w3 = p.w3 << 1 | p.w2 >> 63;
  p.w2 = p.w2 << 1 | p.w1 >> 63;
  p.w1 = p.w1 << 1 | p.w0 >> 63;
  p.w0 <<= 1;
  const auto down = [](std::uint64_t v) { return v ^ v >> 1 ^ v >> 2 ^ v >> 7; };
  const auto spill = [](std::uint64_t v) { return v << 63 ^ v << 62 ^ v << 57; };
  p.w2 ^= down(p.w0);
  p.w1 ^= spill(p.w0);
  p.w3 ^= down(p.w1);
  p.w2 ^= spill(p.w1);
  return {p.w3, p.w2};
}

// multiply_low gives the low 64 bits of a carry-less product. The operands are cut into four combs with three empty
// bits between taps: the sums of an integer product stay below 16 there and carry into the holes only.
std::uint64_t multiply_low(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t kComb = 0x1111111111111111U;
  std::uint64_t out = 0;
  for (unsigned residue = 0; residue < 4; ++residue) {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned j = (residue + 4 - i) % 4;
      sum ^= (a & kComb << i) * (b & kComb << j);
    }
    out |= sum & kComb << residue;
  }
  return out;
}

std::uint64_t reverse(std::uint64_t v) noexcept {
  v = (v & 0x5555555555555555U) << 1 | (v >> 1 & 0x5555555555555555U);
  v = (v & 0x3333333333333333U) << 2 | (v >> 2 & 0x3333333333333333U);
  v = (v & 0x0f0f0f0f0f0f0f0fU) << 4 | (v >> 4 & 0x0f0f0f0f0f0f0f0fU);
  return __builtin_bswap64(v);
}

std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) noexcept {
  return reverse(multiply_low(reverse(a), reverse(b))) >> 1;
}

Element multiply(Element a, Element b) noexcept {
  Product p;
  p.w0 = multiply_low(a.low, b.low);
  p.w3 = multiply_high(a.high, b.high);
  p.w1 = multiply_high(a.low, b.low) ^ multiply_low(a.low, b.high) ^ multiply_low(a.high, b.low);
  p.w2 = multiply_low(a.high, b.high) ^ multiply_high(a.low, b.high) ^ multiply_high(a.high, b.low);
  return reduce(p);
}

Element blocks_portable(const Powers& powers, Element y, const Byte* at, std::size_t count) noexcept {
  for (; count > 0; --count, at += 16) {
    y = multiply({y.high ^ load64(at), y.low ^ load64(at + 8)}, powers[0]);
  }
  return y;
}

#if defined(__x86_64__)

__attribute__((target("pclmul,sse4.1"))) inline __m128i vector_of(Element e) noexcept {
  return _mm_set_epi64x(static_cast<long long>(e.high), static_cast<long long>(e.low));
}

// Up to four blocks are multiplied by falling powers of H and reduced together.
__attribute__((target("pclmul,sse4.1"))) Element blocks_clmul(const Powers& powers, Element y, const Byte* at,
                                                              std::size_t count) noexcept {
  while (count > 0) {
    const std::size_t group = std::min<std::size_t>(count, 4);
    __m128i low = _mm_setzero_si128();
    __m128i middle = _mm_setzero_si128();
    __m128i high = _mm_setzero_si128();
    for (std::size_t i = 0; i < group; ++i, at += 16) {
      Element block{load64(at), load64(at + 8)};
      if (i == 0) {
        block.high ^= y.high;
        block.low ^= y.low;
      }
      const __m128i a = vector_of(block);
      const __m128i b = vector_of(powers[group - 1 - i]);
      low = _mm_xor_si128(low, _mm_clmulepi64_si128(a, b, 0x00));
      high = _mm_xor_si128(high, _mm_clmulepi64_si128(a, b, 0x11));
      middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(a, b, 0x01));
      middle = _mm_xor_si128(middle, _mm_clmulepi64_si128(a, b, 0x10));
    }
    const auto word = [](long long v) { return static_cast<std::uint64_t>(v); };
    y = reduce({word(_mm_cvtsi128_si64(low)),
                word(_mm_extract_epi64(low, 1)) ^ word(_mm_cvtsi128_si64(middle)),
                word(_mm_cvtsi128_si64(high)) ^ word(_mm_extract_epi64(middle, 1)), word(_mm_extract_epi64(high, 1))});
    count -= group;
  }
  return y;
}

bool has_clmul() noexcept { return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0; }

#else

Element blocks_clmul(const Powers& powers, Element y, const Byte* at, std::size_t count) noexcept {
  return blocks_portable(powers, y, at, count);
}

bool has_clmul() noexcept { return false; }

#endif

}  // namespace

Ghash::Ghash(const GhashBlock& h, Path path) noexcept : fast_(path == Path::best && has_clmul()) {
  powers_[0] = {load64(h.data()), load64(h.data() + 8)};
  for (std::size_t i = 1; i < powers_.size(); ++i) powers_[i] = multiply(powers_[i - 1], powers_[0]);
}

Ghash::~Ghash() { wipe({reinterpret_cast<Byte*>(powers_.data()), sizeof powers_}); }

Element Ghash::blocks(Element y, const Byte* at, std::size_t count) const noexcept {
  return fast_ ? blocks_clmul(powers_, y, at, count) : blocks_portable(powers_, y, at, count);
}

Element Ghash::padded(Element y, ByteView bytes) const noexcept {
  const std::size_t whole = bytes.size() / 16;
  y = blocks(y, bytes.data(), whole);
  const ByteView rest = bytes.subspan(whole * 16);
  if (rest.empty()) return y;
  GhashBlock last{};
  std::ranges::copy(rest, last.begin());
  return blocks(y, last.data(), 1);
}

GhashBlock Ghash::digest(ByteView aad, ByteView text) const noexcept {
  Element y = padded(padded({}, aad), text);
  GhashBlock block;
  store64(block.data(), std::uint64_t{aad.size()} * 8);
  store64(block.data() + 8, std::uint64_t{text.size()} * 8);
  y = blocks(y, block.data(), 1);
  store64(block.data(), y.high);
  store64(block.data() + 8, y.low);
  return block;
}

}  // namespace kw::crypto
