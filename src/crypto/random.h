#pragma once
// SystemRandom is the production source of randomness: OpenSSL's DRBG, seeded by the kernel. Thread-safe.
#include "base/random.h"

namespace kw::crypto {

class SystemRandom final : public Random {
 public:
  void fill(MutableByteView out) override;
};

}  // namespace kw::crypto
