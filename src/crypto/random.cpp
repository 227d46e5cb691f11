#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

namespace kw::crypto {

void SystemRandom::fill(MutableByteView out) {
  constexpr std::size_t kMost = 1U << 20;  // RAND_bytes counts in int
  while (!out.empty()) {
    const auto part = out.first(std::min(out.size(), kMost));
    if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1) std::abort();  // nothing may go on without
    out = out.subspan(part.size());
  }
}

}  // namespace kw::crypto
