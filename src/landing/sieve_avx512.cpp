// Compiled for AVX-512 (F, BW): see CMakeLists.txt. Called only where the processor has it; includes nothing but
// intrinsics, so that no function of a header compiled here can stand in for one that every processor must be able to
// run.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace kw::landing {
namespace {

[[gnu::always_inline]] inline std::uint64_t both(__m512i x, int last, __m512i before, int first) {
  const __mmask64 here = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(static_cast<char>(last)));
  return _mm512_mask_cmpeq_epi8_mask(here, before, _mm512_set1_epi8(static_cast<char>(first)));
}

}  // namespace

void sieve_avx512(const std::uint8_t* data, std::size_t blocks, std::uint64_t* digits,
                  std::uint64_t* marks);  // sieve.h
void sieve_avx512(const std::uint8_t* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks) {
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::uint8_t* at = data + 64 * block;
    const __m512i x = _mm512_loadu_si512(at), before = _mm512_loadu_si512(at - 1);
    digits[block] = _mm512_cmple_epu8_mask(_mm512_sub_epi8(x, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
    marks[block] = 0;
    if (_mm512_movepi8_mask(_mm512_or_si512(x, before)) != 0)  // all have an octet beyond ASCII
      marks[block] = both(x, 0x86, before, 0xaf) | both(x, 0xdc, before, 0xc3) | both(x, 0x5b, before, 0xc6) |
                     both(x, 0xc6, before, 0x5b);
  }
}

}  // namespace kw::landing
