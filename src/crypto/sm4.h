#pragma once
// sm4_gcm_seal and its siblings encrypt with SM4 (GB/T 32907-2016) in GCM (SP 800-38D), CBC and CTR.
//
// PURE. Keys are 16 octets. Every failed opening is Errc::decrypt_failed, whatever the cause.
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

namespace kw::crypto {

inline constexpr std::size_t kSm4Key = 16;
inline constexpr std::size_t kSm4Block = 16;
inline constexpr std::size_t kGcmTag = 16;
inline constexpr std::size_t kGcmNonce = 12;

/// An expanded SM4-GCM key. Thread-safe once built. A (key, nonce) pair must never seal twice.
class Sm4Gcm {
 public:
  static Result<Sm4Gcm> make(ByteView key);
  Sm4Gcm(Sm4Gcm&&) noexcept;
  Sm4Gcm& operator=(Sm4Gcm&&) noexcept;
  ~Sm4Gcm();
  /// seal returns ciphertext followed by the 16-octet tag.
  Result<Bytes> seal(ByteView nonce12, ByteView aad, ByteView plaintext) const;
  Result<Bytes> open(ByteView nonce12, ByteView aad, ByteView sealed) const;

 private:
  struct State;
  explicit Sm4Gcm(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// CBC without padding: the caller pads (TLCP does). Inputs are whole blocks.
Result<Bytes> sm4_cbc_encrypt(ByteView key, ByteView iv, ByteView blocks);
Result<Bytes> sm4_cbc_decrypt(ByteView key, ByteView iv, ByteView blocks);
/// CTR with a 16-octet big-endian counter block; the same call encrypts and decrypts.
Result<Bytes> sm4_ctr(ByteView key, ByteView counter, ByteView bytes);
/// One block, for known-answer tests and key wrapping.
Result<Bytes> sm4_ecb_encrypt_block(ByteView key, ByteView block);
Result<Bytes> sm4_ecb_decrypt(ByteView key, ByteView blocks);
Result<Bytes> sm4_ecb_encrypt(ByteView key, ByteView blocks);

}  // namespace kw::crypto
