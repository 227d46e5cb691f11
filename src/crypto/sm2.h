#pragma once
// Sm2PrivateKey and Sm2PublicKey sign, verify, encrypt and decrypt with SM2 (GB/T 32918, GM/T 0003, GM/T 0009).
//
// Signatures are DER SEQUENCE{r,s} over SM3(Z || message), with the distinguishing ID "1234567812345678" (GM/T 0009)
// unless another is given. Ciphertexts are the DER form of GM/T 0009 (x, y, SM3 hash, ciphertext: C1C3C2).
// Keys are immutable and thread-safe. Private keys do not print and are wiped by OpenSSL when the last copy goes.
#include <array>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace kw::crypto {

inline constexpr std::string_view kSm2DefaultId = "1234567812345678";

class Sm2PublicKey {
 public:
  /// Uncompressed point: 04 || X || Y, 65 octets. A point off the curve is Errc::bad_key.
  static Result<Sm2PublicKey> from_point(ByteView point65);
  /// DER SubjectPublicKeyInfo with id-ecPublicKey and curve 1.2.156.10197.1.301.
  static Result<Sm2PublicKey> from_spki(ByteView der);
  [[nodiscard]] Bytes point() const;
  [[nodiscard]] Bytes spki() const;
  /// key_id is SM3 over the DER SubjectPublicKeyInfo, 32 octets.
  [[nodiscard]] Bytes key_id() const;
  /// verify: Errc::bad_signature for anything but a valid signature.
  Result<> verify(ByteView message, ByteView signature_der, std::string_view id = kSm2DefaultId) const;
  Result<Bytes> encrypt(ByteView plaintext) const;
  friend bool operator==(const Sm2PublicKey& a, const Sm2PublicKey& b) { return equal(a.point(), b.point()); }

  struct Impl;
  explicit Sm2PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

class Sm2PrivateKey {
 public:
  static Result<Sm2PrivateKey> generate();
  /// From the 32-octet big-endian scalar.
  static Result<Sm2PrivateKey> from_scalar(ByteView scalar32);
  /// Unencrypted PKCS#8, DER or PEM.
  static Result<Sm2PrivateKey> from_pkcs8(ByteView der_or_pem);
  [[nodiscard]] SecretBytes pkcs8() const;   // DER
  [[nodiscard]] SecretBytes scalar() const;  // 32 octets
  [[nodiscard]] Sm2PublicKey public_key() const;
  Result<Bytes> sign(ByteView message, std::string_view id = kSm2DefaultId) const;
  /// decrypt: Errc::decrypt_failed for every failure.
  Result<SecretBytes> decrypt(ByteView ciphertext_der) const;

  struct Impl;
  explicit Sm2PrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace kw::crypto
