#include "landing/sieve.h"

#include <bit>
#include <cstring>

namespace kw::landing {
namespace {

constexpr std::uint64_t kEach = 0x0101010101010101, kHigh = 0x8080808080808080, kLow = ~kHigh;

/// The high bit of every octet that is zero, exactly: no carry goes from one octet to the next.
constexpr std::uint64_t zeros(std::uint64_t x) { return ~(((x & kLow) + kLow) | x) & kHigh; }
constexpr std::uint64_t equals(std::uint64_t x, std::uint64_t octet) { return zeros(x ^ (kEach * octet)); }
constexpr std::uint64_t digits_of(std::uint64_t x) {
  const auto y = x ^ (kEach * '0');
  return ~(((y & kLow) + kEach * (0x80 - 10)) | y) & kHigh;
}
constexpr std::uint64_t marks_of(std::uint64_t x, std::uint64_t before) {
  return (equals(x, 0x86) & equals(before, 0xaf)) | (equals(x, 0xdc) & equals(before, 0xc3)) |
         (equals(x, 0x5b) & equals(before, 0xc6)) | (equals(x, 0xc6) & equals(before, 0x5b));
}
/// The high bits of eight octets, side by side.
constexpr std::uint64_t gather(std::uint64_t high) { return (high >> 7) * 0x0102040810204080 >> 56; }

/// load takes eight octets, the first one lowest, on every processor.
std::uint64_t load(const Byte* at) {
  std::uint64_t out = 0;
  std::memcpy(&out, at, sizeof out);
  if constexpr (std::endian::native == std::endian::big) out = __builtin_bswap64(out);
  return out;
}

void sieve_portable(const Byte* data, std::size_t blocks, std::uint64_t* digits, std::uint64_t* marks) {
  for (std::size_t block = 0; block < blocks; ++block) {
    digits[block] = marks[block] = 0;
    for (std::size_t i = 0; i < kSieveBlock; i += 8) {
      const auto* at = data + block * kSieveBlock + i;
      const auto x = load(at), before = load(at - 1);
      digits[block] |= gather(digits_of(x)) << i;
      if (((x | before) & kHigh) != 0)
        marks[block] |= gather(marks_of(x, before)) << i;  // all have an octet beyond ASCII
    }
  }
}

constexpr Sieve kPortable{"portable", &sieve_portable};
#if defined(__x86_64__)  // the processor family decides which instructions exist; cpuid decides at run time
constexpr Sieve kAvx2{"avx2", &sieve_avx2};
constexpr Sieve kAvx512{"avx512", &sieve_avx512};
bool runs_avx2() noexcept { return __builtin_cpu_supports("avx2") != 0; }
bool runs_avx512() noexcept {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
}
#else
constexpr Sieve kAvx2 = kPortable, kAvx512 = kPortable;
bool runs_avx2() noexcept { return false; }
bool runs_avx512() noexcept { return false; }
#endif

}  // namespace

std::vector<Sieve> sieves() {
  std::vector<Sieve> out;
  if (runs_avx512()) out.push_back(kAvx512);
  if (runs_avx2()) out.push_back(kAvx2);
  out.push_back(kPortable);
  return out;
}

const Sieve& best_sieve() { return runs_avx512() ? kAvx512 : runs_avx2() ? kAvx2 : kPortable; }

}  // namespace kw::landing
