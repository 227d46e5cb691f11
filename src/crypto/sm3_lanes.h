#pragma once
// Sm3Lanes is the compression function of SM3 (GB/T 32905-2016 section 5.3) over several messages at once, one 32-bit
// lane of a vector register each; internal to src/crypto.
//
// One source file for each instruction set includes it and is compiled with that set's flags. So that no function of
// such a file can stand in for one that every processor must be able to run, everything here has internal linkage and
// nothing is called that a header defines.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "crypto/sm3_constants.h"

namespace kw::crypto {
namespace {

template <std::size_t kLanes>
class Sm3Lanes {
 public:
  /// compress takes one block of 64 octets for each lane. `state` holds eight rows, one for each word of the state, of
  /// kLanes words.
  static void compress(std::uint32_t* state, const std::uint8_t* const* blocks) {
    Words w[68];
    for (std::size_t part = 0; part < 16; part += kLanes) {
      for (std::size_t i = 0; i < kLanes; ++i) __builtin_memcpy(&w[part + i], blocks[i] + 4 * part, sizeof(Words));
      transpose<1>(w + part);
    }
    if constexpr (std::endian::native == std::endian::little)
      for (std::size_t j = 0; j < 16; ++j) w[j] = (rotl<8>(w[j]) & 0x00ff00ffU) | (rotl<24>(w[j]) & 0xff00ff00U);
    for (std::size_t j = 16; j < 68; ++j)
      w[j] = p1(w[j - 16] ^ w[j - 9] ^ rotl<15>(w[j - 3])) ^ rotl<7>(w[j - 13]) ^ w[j - 6];
    Words v[8], before[8];
    __builtin_memcpy(v, state, sizeof v);
    __builtin_memcpy(before, state, sizeof before);
    for (std::size_t j = 0; j < 16; j += 4) four_rounds<true>(v, w + j, kSm3Rounds.t + j);
    for (std::size_t j = 16; j < 64; j += 4) four_rounds<false>(v, w + j, kSm3Rounds.t + j);
    for (std::size_t i = 0; i < 8; ++i) v[i] ^= before[i];
    __builtin_memcpy(state, v, sizeof v);
  }

 private:
  static_assert(16 % kLanes == 0);
  typedef std::uint32_t Words __attribute__((vector_size(4 * kLanes)));

  template <int kBits>
  static inline Words rotl(Words x) {
    return x << kBits | x >> (32 - kBits);
  }
  static inline Words p0(Words x) { return x ^ rotl<9>(x) ^ rotl<17>(x); }
  static inline Words p1(Words x) { return x ^ rotl<15>(x) ^ rotl<23>(x); }

  // As in sm3.cpp: after a round (d,a,b,c,h,e,f,g) are the new (a,b,c,d,e,f,g,h).
  template <bool kFirst>
  [[gnu::always_inline]] static inline void round(Words a, Words& b, Words c, Words& d, Words e, Words& f, Words g,
                                                  Words& h, std::uint32_t t, Words w, Words w4) {
    const Words a12 = rotl<12>(a);
    const Words ss1 = rotl<7>(a12 + e + t);
    const Words ff = kFirst ? a ^ b ^ c : (a & b) | (c & (a | b));
    const Words gg = kFirst ? e ^ f ^ g : g ^ (e & (f ^ g));
    d += ff + (ss1 ^ a12) + (w ^ w4);
    h = p0(h + gg + ss1 + w);
    b = rotl<9>(b);
    f = rotl<19>(f);
  }
  template <bool kFirst>
  [[gnu::always_inline]] static inline void four_rounds(Words* v, const Words* w, const std::uint32_t* t) {
    round<kFirst>(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], t[0], w[0], w[4]);
    round<kFirst>(v[3], v[0], v[1], v[2], v[7], v[4], v[5], v[6], t[1], w[1], w[5]);
    round<kFirst>(v[2], v[3], v[0], v[1], v[6], v[7], v[4], v[5], t[2], w[2], w[6]);
    round<kFirst>(v[1], v[2], v[3], v[0], v[5], v[6], v[7], v[4], t[3], w[3], w[7]);
  }

  // Rows of one lane's words each become rows of all lanes' n-th word: squares of kStep words change places, then
  // squares twice as wide.
  template <int kStep>
  static inline void transpose(Words* rows) {
    if constexpr (kStep < static_cast<int>(kLanes)) {
      for (std::size_t i = 0; i < kLanes; ++i)
        if ((i & kStep) == 0) exchange<kStep>(rows[i], rows[i + kStep], std::make_integer_sequence<int, kLanes>());
      transpose<2 * kStep>(rows);
    }
  }
  template <int kStep, int... kAt>
  static inline void exchange(Words& a, Words& b, std::integer_sequence<int, kAt...>) {
    constexpr int kCount = static_cast<int>(kLanes);
    const Words low = __builtin_shufflevector(a, b, ((kAt & kStep) == 0 ? kAt : kCount + kAt - kStep)...);
    b = __builtin_shufflevector(a, b, ((kAt & kStep) == 0 ? kAt + kStep : kCount + kAt)...);
    a = low;
  }
};

}  // namespace
}  // namespace kw::crypto
