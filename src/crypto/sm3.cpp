#include "crypto/sm3.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "crypto/sm3_constants.h"

namespace kw::crypto {
namespace {

std::uint32_t load(const Byte* p) noexcept {
  std::uint32_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::little ? __builtin_bswap32(v) : v;
}

void store(Byte* p, std::uint32_t v) noexcept {
  if constexpr (std::endian::native == std::endian::little) v = __builtin_bswap32(v);
  std::memcpy(p, &v, sizeof v);
}

constexpr std::uint32_t p0(std::uint32_t x) noexcept { return x ^ std::rotl(x, 9) ^ std::rotl(x, 17); }
constexpr std::uint32_t p1(std::uint32_t x) noexcept { return x ^ std::rotl(x, 15) ^ std::rotl(x, 23); }

// One round with the renaming of registers left to the order of the arguments: after it (d,a,b,c,h,e,f,g) are the
// new (a,b,c,d,e,f,g,h).
template <bool kFirst>
inline void round(std::uint32_t a, std::uint32_t& b, std::uint32_t c, std::uint32_t& d, std::uint32_t e,
                  std::uint32_t& f, std::uint32_t g, std::uint32_t& h, std::uint32_t t, std::uint32_t w,
                  std::uint32_t w4) noexcept {
  const std::uint32_t a12 = std::rotl(a, 12);
  const std::uint32_t ss1 = std::rotl(a12 + e + t, 7);
  const std::uint32_t ff = kFirst ? a ^ b ^ c : (a & b) | (c & (a | b));
  const std::uint32_t gg = kFirst ? e ^ f ^ g : g ^ (e & (f ^ g));
  d += ff + (ss1 ^ a12) + (w ^ w4);
  h = p0(h + gg + ss1 + w);
  b = std::rotl(b, 9);
  f = std::rotl(f, 19);
}

template <bool kFirst>
inline void four_rounds(std::array<std::uint32_t, 8>& v, const std::uint32_t* w, std::size_t j) noexcept {
  auto& [a, b, c, d, e, f, g, h] = v;
  round<kFirst>(a, b, c, d, e, f, g, h, kSm3Rounds.t[j], w[j], w[j + 4]);
  round<kFirst>(d, a, b, c, h, e, f, g, kSm3Rounds.t[j + 1], w[j + 1], w[j + 5]);
  round<kFirst>(c, d, a, b, g, h, e, f, kSm3Rounds.t[j + 2], w[j + 2], w[j + 6]);
  round<kFirst>(b, c, d, a, f, g, h, e, kSm3Rounds.t[j + 3], w[j + 3], w[j + 7]);
}

void compress(std::array<std::uint32_t, 8>& state, const Byte* p, std::size_t blocks) noexcept {
  std::array<std::uint32_t, 68> w;
  for (; blocks > 0; --blocks, p += 64) {
    for (std::size_t j = 0; j < 16; ++j) w[j] = load(p + 4 * j);
    for (std::size_t j = 16; j < 68; ++j) {
      w[j] = p1(w[j - 16] ^ w[j - 9] ^ std::rotl(w[j - 3], 15)) ^ std::rotl(w[j - 13], 7) ^ w[j - 6];
    }
    auto v = state;
    for (std::size_t j = 0; j < 16; j += 4) four_rounds<true>(v, w.data(), j);
    for (std::size_t j = 16; j < 64; j += 4) four_rounds<false>(v, w.data(), j);
    for (std::size_t i = 0; i < 8; ++i) state[i] ^= v[i];
  }
}

}  // namespace

Sm3::Sm3() { reset(); }

Sm3::~Sm3() {
  wipe({reinterpret_cast<Byte*>(state_.data()), sizeof state_});
  wipe(pending_);
}

void Sm3::reset() {
  state_ = std::to_array(kSm3Start.word);
  length_ = 0;
}

Sm3& Sm3::update(ByteView bytes) {
  const std::size_t have = length_ % kBlock;
  length_ += bytes.size();
  if (have > 0) {
    const std::size_t n = std::min(kBlock - have, bytes.size());
    std::copy_n(bytes.begin(), n, pending_.begin() + static_cast<std::ptrdiff_t>(have));
    bytes = bytes.subspan(n);
    if (have + n < kBlock) return *this;
    compress(state_, pending_.data(), 1);
  }
  const std::size_t whole = bytes.size() / kBlock;
  if (whole > 0) compress(state_, bytes.data(), whole);
  std::ranges::copy(bytes.subspan(whole * kBlock), pending_.begin());
  return *this;
}

Digest Sm3::finish() {
  std::size_t have = length_ % kBlock;
  pending_[have++] = 0x80;
  if (have > kBlock - 8) {
    std::fill(pending_.begin() + static_cast<std::ptrdiff_t>(have), pending_.end(), Byte{0});
    compress(state_, pending_.data(), 1);
    have = 0;
  }
  std::fill(pending_.begin() + static_cast<std::ptrdiff_t>(have), pending_.end(), Byte{0});
  const std::uint64_t bits = length_ * 8;
  store(pending_.data() + kBlock - 8, static_cast<std::uint32_t>(bits >> 32));
  store(pending_.data() + kBlock - 4, static_cast<std::uint32_t>(bits));
  compress(state_, pending_.data(), 1);
  Digest out;
  for (std::size_t i = 0; i < 8; ++i) store(out.data() + 4 * i, state_[i]);
  return out;
}

Digest sm3(ByteView bytes) { return Sm3().update(bytes).finish(); }

Digest sm3_concat(std::initializer_list<ByteView> parts) {
  Sm3 hash;
  for (const ByteView part : parts) hash.update(part);
  return hash.finish();
}

bool equal_secret(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace kw::crypto
