#pragma once
// Ghash is the universal hash of GCM (SP 800-38D section 6.4) under one key; internal to src/crypto.
//
// Constant time on both paths: carry-less multiplication instructions where the processor has them, and masked
// integer multiplication elsewhere (no table is indexed by data). Immutable and thread-safe.
#include <array>

#include "base/bytes.h"
#include "base/secret.h"

namespace kw::crypto {

using GhashBlock = std::array<Byte, 16>;

class Ghash {
 public:
  enum class Path { best, portable };
  /// A field element; bit 63 of `high` is the coefficient of x^0, bit 0 of `low` that of x^127.
  struct Element {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
  };

  explicit Ghash(const GhashBlock& h, Path path = Path::best) noexcept;
  Ghash(const Ghash&) = default;
  Ghash& operator=(const Ghash&) = default;
  ~Ghash();
  /// digest returns GHASH of aad, padded, then text, padded, then both lengths in bits.
  [[nodiscard]] GhashBlock digest(ByteView aad, ByteView text) const noexcept;

 private:
  Element blocks(Element y, const Byte* at, std::size_t count) const noexcept;
  Element padded(Element y, ByteView bytes) const noexcept;

  std::array<Element, 4> powers_{};  // H, H^2, H^3, H^4
  bool fast_;
};

}  // namespace kw::crypto
