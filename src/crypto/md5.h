#pragma once
// Md5 is for comparing a file with what dpkg wrote of it (RFC 1321); it proves nothing against an attacker.
//
// PURE; objects are used by one thread at a time.
#include <array>
#include <memory>

#include "base/bytes.h"

namespace kw::crypto {

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;
  Result<> update(ByteView bytes);
  /// finish may be called once. Errc::crypto_failed where the library has no MD5 (a FIPS build).
  [[nodiscard]] Result<std::array<Byte, 16>> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kw::crypto
