// Compiled for AVX2: see CMakeLists.txt. Called only where the processor has it; includes nothing but intrinsics, so
// that no function of a header compiled here can stand in for one that every processor must be able to run.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace kw::landing {
namespace {

struct Looks {
  std::uint32_t digits, marks;
};

[[gnu::always_inline]] inline __m256i both(__m256i x, int last, __m256i before, int first) {
  return _mm256_and_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8(static_cast<char>(last))),
                          _mm256_cmpeq_epi8(before, _mm256_set1_epi8(static_cast<char>(first))));
}

[[gnu::always_inline]] inline Looks look_at(const std::uint8_t* at) {
  const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at - 1));
  const __m256i value = _mm256_sub_epi8(x, _mm256_set1_epi8('0'));
  const __m256i digits = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
  Looks out{static_cast<std::uint32_t>(_mm256_movemask_epi8(digits)), 0};
  if (_mm256_movemask_epi8(_mm256_or_si256(x, before)) != 0) {  // all have an octet beyond ASCII
    const __m256i marks = _mm256_or_si256(_mm256_or_si256(both(x, 0x86, before, 0xaf), both(x, 0xdc, before, 0xc3)),
                                          _mm256_or_si256(both(x, 0x5b, before, 0xc6), both(x, 0xc6, before, 0x5b)));
    out.marks = static_cast<std::uint32_t>(_mm256_movemask_epi8(marks));
  }
  return out;
}

}  // namespace

void sieve_avx2(const std::uint8_t* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks);  // sieve.h
void sieve_avx2(const std::uint8_t* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks) {
  for (std::size_t block = 0; block < blocks; ++block) {
    const Looks low = look_at(data + 64 * block), high = look_at(data + 64 * block + 32);
    digits[block] = low.digits | std::uint64_t{high.digits} << 32;
    marks[block] = low.marks | std::uint64_t{high.marks} << 32;
  }
}

}  // namespace kw::landing
