#pragma once
// The inside of SM2 keys; internal to src/crypto.
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto/sm2.h"
#include "crypto/sm3.h"

namespace kw::crypto {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* p) const noexcept {
    Function(p);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using BnPtr = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using PointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_clear_free>>;

inline constexpr std::size_t kSm2Point = 65;
inline constexpr std::size_t kSm2Scalar = 32;
inline constexpr std::size_t kSm2MostText = 64 * 1024;

struct Sm2PublicKey::Impl {
  PkeyPtr pkey;
  std::array<Byte, kSm2Point> point{};
  Digest default_z{};  // Z of the default distinguishing ID (GB/T 32918.2 section 5.5)
};

struct Sm2PrivateKey::Impl {
  PkeyPtr pkey;
  SecretBytes scalar;
  Sm2PublicKey public_key;
};

/// sm2_z is the hash of identity, curve and key that precedes every signed message (GB/T 32918.2 section 5.5).
[[nodiscard]] Digest sm2_z(const Sm2PublicKey::Impl& key, std::string_view id);
/// sm2_digest is SM3(Z || message), what a signature is made over.
[[nodiscard]] Digest sm2_digest(const Sm2PublicKey::Impl& key, std::string_view id, ByteView message);

}  // namespace kw::crypto
