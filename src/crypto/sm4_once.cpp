// The hash key, the mask of the tag and the key stream are one run of the block cipher: over a block of zeros and the
// counters from 1 on (SP 800-38D section 7.1).
#include "crypto/sm4_once.h"

#include <algorithm>

#include "crypto/ghash.h"
#include "crypto/sm3.h"
#include "crypto/sm4_cipher.h"

namespace kw::crypto {
namespace {

/// What the cipher makes of one message's key and nonce. Wiped.
struct OnceStream {
  std::array<Byte, kMostOnce + 3 * kSm4Block> octets;
  std::size_t used = 0;

  OnceStream() = default;
  OnceStream(const OnceStream&) = delete;
  OnceStream& operator=(const OnceStream&) = delete;
  ~OnceStream() { wipe(MutableByteView(octets).first(used)); }

  Result<> make(ByteView key, ByteView nonce, std::size_t text) {
    used = (2 + (text + kSm4Block - 1) / kSm4Block) * kSm4Block;
    const auto blocks = MutableByteView(octets).first(used);
    std::ranges::fill(blocks.first(kSm4Block), Byte{0});
    for (std::size_t at = kSm4Block, counter = 1; at < used; at += kSm4Block, ++counter) {
      std::ranges::copy(nonce, blocks.subspan(at).begin());
      for (unsigned i = 0; i < 4; ++i) blocks[at + kGcmNonce + i] = static_cast<Byte>(counter >> (8 * (3 - i)));
    }
    KW_TRY(auto cipher, Sm4Stream::make(Sm4Mode::ecb, true, key, {}));
    return cipher.run(blocks, blocks);
  }
  void add_to(ByteView in, MutableByteView out) const {
    const Byte* stream = octets.data() + 2 * kSm4Block;
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] ^ stream[i];
  }
  [[nodiscard]] GhashBlock tag(ByteView aad, ByteView ciphertext) const {
    GhashBlock h{};
    std::copy_n(octets.begin(), h.size(), h.begin());
    auto out = Ghash(h).digest(aad, ciphertext);
    wipe(h);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= octets[kSm4Block + i];
    return out;
  }
};

}  // namespace

Result<Bytes> sm4_gcm_seal_once(ByteView key, ByteView nonce12, ByteView aad, ByteView plaintext) {
  if (plaintext.size() > kMostOnce) {
    KW_TRY(const auto cipher, Sm4Gcm::make(key));
    return cipher.seal(nonce12, aad, plaintext);
  }
  if (nonce12.size() != kGcmNonce) return fail(Errc::malformed, "a GCM nonce has 12 octets");
  OnceStream stream;
  KW_CHECK(stream.make(key, nonce12, plaintext.size()));
  Bytes out(plaintext.size() + kGcmTag);
  const auto ciphertext = MutableByteView(out).first(plaintext.size());
  stream.add_to(plaintext, ciphertext);
  std::ranges::copy(stream.tag(aad, ciphertext), out.end() - static_cast<std::ptrdiff_t>(kGcmTag));
  return out;
}

Result<SecretBytes> sm4_gcm_open_once(ByteView key, ByteView nonce12, ByteView aad, ByteView sealed) {
  if (sealed.size() > kMostOnce + kGcmTag) {
    KW_TRY(const auto cipher, Sm4Gcm::make(key));
    KW_TRY(auto plain, cipher.open(nonce12, aad, sealed));
    return SecretBytes(std::move(plain));
  }
  if (nonce12.size() != kGcmNonce || sealed.size() < kGcmTag) return fail(Errc::decrypt_failed);
  const auto ciphertext = sealed.first(sealed.size() - kGcmTag);
  OnceStream stream;
  KW_CHECK(stream.make(key, nonce12, ciphertext.size()));
  if (!equal_secret(stream.tag(aad, ciphertext), sealed.last(kGcmTag))) return fail(Errc::decrypt_failed);
  SecretBytes out(ciphertext.size());
  stream.add_to(ciphertext, out.reveal_mutable());
  return out;
}

}  // namespace kw::crypto
