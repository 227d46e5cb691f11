// SM4-GCM: OpenSSL's SM4-CTR with an own GHASH, because OpenSSL 3.0 has no SM4-GCM.
#include <algorithm>

#include "crypto/ghash.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"
#include "crypto/sm4_cipher.h"

namespace kw::crypto {
namespace {

// SP 800-38D section 5.2.1.1: at most 2^39 - 256 bits of text, so the 32-bit counter never wraps.
constexpr std::uint64_t kMostText = (std::uint64_t{1} << 36) - 32;

using Block = GhashBlock;

Result<Sm4Stream> stream_for(ByteView key, ByteView nonce, Block& tag_mask) {
  Block counter{};
  std::ranges::copy(nonce, counter.begin());
  counter.back() = 1;
  KW_TRY(auto stream, Sm4Stream::make(Sm4Mode::ctr, true, key, counter));
  tag_mask = {};
  KW_CHECK(stream.run(tag_mask, tag_mask));  // the first block of key stream hides the tag
  return stream;
}

}  // namespace

struct Sm4Gcm::State {
  SecretBytes key;
  Ghash hash;

  [[nodiscard]] Block tag(const Block& mask, ByteView aad, ByteView ciphertext) const {
    Block out = hash.digest(aad, ciphertext);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= mask[i];
    return out;
  }
};

Sm4Gcm::Sm4Gcm(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sm4Gcm::Sm4Gcm(Sm4Gcm&&) noexcept = default;
Sm4Gcm& Sm4Gcm::operator=(Sm4Gcm&&) noexcept = default;
Sm4Gcm::~Sm4Gcm() = default;

Result<Sm4Gcm> Sm4Gcm::make(ByteView key) {
  if (key.size() != kSm4Key) return fail(Errc::bad_key, "an SM4 key has 16 octets");
  KW_TRY(auto encrypted_zero, sm4_ecb_encrypt_block(key, Block{}));
  Block h{};
  std::ranges::copy(encrypted_zero, h.begin());
  auto state = std::make_unique<State>(State{SecretBytes::copy_of(key), Ghash(h)});
  wipe(h);
  wipe(encrypted_zero);
  return Sm4Gcm(std::move(state));
}

Result<Bytes> Sm4Gcm::seal(ByteView nonce12, ByteView aad, ByteView plaintext) const {
  if (nonce12.size() != kGcmNonce) return fail(Errc::malformed, "a GCM nonce has 12 octets");
  if (plaintext.size() > kMostText) return fail(Errc::too_large, "GCM plaintext");
  Block mask;
  KW_TRY(auto stream, stream_for(state_->key.reveal(), nonce12, mask));
  Bytes out(plaintext.size() + kGcmTag);
  const auto ciphertext = MutableByteView(out).first(plaintext.size());
  KW_CHECK(stream.run(plaintext, ciphertext));
  std::ranges::copy(state_->tag(mask, aad, ciphertext), out.end() - static_cast<std::ptrdiff_t>(kGcmTag));
  return out;
}

Result<Bytes> Sm4Gcm::open(ByteView nonce12, ByteView aad, ByteView sealed) const {
  if (nonce12.size() != kGcmNonce || sealed.size() < kGcmTag || sealed.size() - kGcmTag > kMostText) {
    return fail(Errc::decrypt_failed);
  }
  const ByteView ciphertext = sealed.first(sealed.size() - kGcmTag);
  Block mask;
  KW_TRY(auto stream, stream_for(state_->key.reveal(), nonce12, mask));
  const bool good = equal_secret(state_->tag(mask, aad, ciphertext), sealed.last(kGcmTag));
  if (!good) return fail(Errc::decrypt_failed);
  Bytes out(ciphertext.size());
  KW_CHECK(stream.run(ciphertext, out));
  return out;
}

}  // namespace kw::crypto
