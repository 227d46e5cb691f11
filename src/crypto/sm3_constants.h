#pragma once
// The constants of SM3 (GB/T 32905-2016 sections 4.1 and 4.2); internal to src/crypto.
#include <bit>
#include <cstdint>

namespace kw::crypto {

struct Sm3Words {
  std::uint32_t word[8];
};
inline constexpr Sm3Words kSm3Start = {
    {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}};

/// T_j <<< (j mod 32), as section 5.3.3 uses it.
struct Sm3Rounds {
  std::uint32_t t[64];
};
inline constexpr Sm3Rounds kSm3Rounds = [] {
  Sm3Rounds out{};
  for (int j = 0; j < 64; ++j) out.t[j] = std::rotl(j < 16 ? 0x79cc4519U : 0x7a879d8aU, j % 32);
  return out;
}();

}  // namespace kw::crypto
