#pragma once
// Sm3 hashes octets with SM3 (GB/T 32905-2016); hmac_sm3 and the key derivations stand on it.
//
// PURE; objects are used by one thread at a time, the functions by any.
#include <array>
#include <initializer_list>

#include "base/bytes.h"
#include "base/secret.h"

namespace kw::crypto {

using Digest = std::array<Byte, 32>;

/// Streaming hash. finish() may be called once; reset() starts anew; copies continue independently.
class Sm3 {
 public:
  Sm3();
  Sm3(const Sm3&) = default;
  Sm3& operator=(const Sm3&) = default;
  ~Sm3();
  Sm3& update(ByteView bytes);
  [[nodiscard]] Digest finish();
  void reset();

 private:
  static constexpr std::size_t kBlock = 64;
  std::array<std::uint32_t, 8> state_;
  std::uint64_t length_ = 0;
  std::array<Byte, kBlock> pending_;  // the first length_ % kBlock octets count
};

[[nodiscard]] Digest sm3(ByteView bytes);
/// sm3_concat hashes the concatenation of its parts.
[[nodiscard]] Digest sm3_concat(std::initializer_list<ByteView> parts);
/// sm3_many puts SM3(prefix || messages[i]) into out[i]; `out` has as many elements as `messages` and overlaps none of
/// them. Messages of like length are hashed side by side, several times faster than one after the other. Not for
/// secrets: what it works on is not wiped.
void sm3_many(ByteView prefix, std::span<const ByteView> messages, std::span<Digest> out);

/// hmac_sm3 is HMAC (RFC 2104) over SM3 of the concatenation of its parts.
[[nodiscard]] Digest hmac_sm3(ByteView key, std::initializer_list<ByteView> parts);
/// tls_prf_sm3 is the TLS 1.2 style P_SM3 expansion (GB/T 38636-2020 section 5.2): label and seed are concatenated.
[[nodiscard]] SecretBytes tls_prf_sm3(ByteView secret, std::string_view label, ByteView seed, std::size_t length);
/// hkdf_sm3 is HKDF (RFC 5869) with HMAC-SM3; an empty salt means 32 zero octets. At most 255 * 32 octets.
[[nodiscard]] SecretBytes hkdf_sm3(ByteView secret, ByteView salt, ByteView info, std::size_t length);
/// equal_secret compares in time that depends on the lengths only.
[[nodiscard]] bool equal_secret(ByteView a, ByteView b) noexcept;

}  // namespace kw::crypto
