#pragma once
// HmacKey is an HMAC-SM3 key whose two key blocks are hashed already: half the work of a short message.
//
// For who makes many MACs under one key; hmac_sm3 of sm3.h is for one. PURE; immutable, thread-safe; wiped with the
// last copy. RFC 2104, GB/T 15852.2-2012.
#include "crypto/sm3.h"

namespace kw::crypto {

class HmacKey {
 public:
  explicit HmacKey(ByteView key);
  /// mac is over the concatenation of its parts.
  [[nodiscard]] Digest mac(std::initializer_list<ByteView> parts) const;

 private:
  Sm3 inner_;
  Sm3 outer_;
};

}  // namespace kw::crypto
