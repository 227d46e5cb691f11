#pragma once
// Random is the port through which pure code receives unpredictable octets.
#include "base/bytes.h"

namespace kw {

class Random {
 public:
  virtual ~Random() = default;
  /// fill overwrites the whole view with random octets; a source that cannot deliver ends the process.
  virtual void fill(MutableByteView out) = 0;
  [[nodiscard]] Bytes bytes(std::size_t n) {
    Bytes out(n);
    fill(out);
    return out;
  }
};

}  // namespace kw
