#include "crypto/sm4.h"

#include <algorithm>

#include "crypto/sm4_cipher.h"

namespace kw::crypto {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
};

// Looking an algorithm up costs more than encrypting a record with it, so each is fetched once.
const EVP_CIPHER* cipher_of(Sm4Mode mode) {
  using Fetched = std::unique_ptr<EVP_CIPHER, FreeCipher>;
  static const Fetched ecb(EVP_CIPHER_fetch(nullptr, "SM4-ECB", nullptr));
  static const Fetched cbc(EVP_CIPHER_fetch(nullptr, "SM4-CBC", nullptr));
  static const Fetched ctr(EVP_CIPHER_fetch(nullptr, "SM4-CTR", nullptr));
  return (mode == Sm4Mode::ecb ? ecb : mode == Sm4Mode::cbc ? cbc : ctr).get();
}

Result<Bytes> whole_blocks(Sm4Mode mode, bool encrypt, ByteView key, ByteView iv, ByteView blocks) {
  if (blocks.size() % kSm4Block != 0) {
    return encrypt ? fail(Errc::malformed, "not whole blocks") : fail(Errc::decrypt_failed);
  }
  KW_TRY(auto stream, Sm4Stream::make(mode, encrypt, key, iv));
  Bytes out(blocks.size());
  KW_CHECK(stream.run(blocks, out));
  return out;
}

}  // namespace

Result<Sm4Stream> Sm4Stream::make(Sm4Mode mode, bool encrypt, ByteView key, ByteView iv) {
  if (key.size() != kSm4Key) return fail(Errc::bad_key, "an SM4 key has 16 octets");
  if (iv.size() != (mode == Sm4Mode::ecb ? 0 : kSm4Block)) return fail(Errc::malformed, "an SM4 IV has 16 octets");
  Context context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = cipher_of(mode);
  if (!context || cipher == nullptr ||
      EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv.empty() ? nullptr : iv.data(), encrypt ? 1 : 0,
                         nullptr) != 1 ||
      (mode != Sm4Mode::ctr && EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1)) {
    return fail(Errc::crypto_failed, "SM4");
  }
  return Sm4Stream(std::move(context));
}

Result<> Sm4Stream::run(ByteView in, MutableByteView out) {
  if (out.size() < in.size()) return fail(Errc::internal, "output too short");
  constexpr std::size_t kMost = std::size_t{1} << 30;  // OpenSSL counts in int
  while (!in.empty()) {
    const auto part = in.first(std::min(in.size(), kMost));
    int done = 0;
    if (EVP_CipherUpdate(context_.get(), out.data(), &done, part.data(), static_cast<int>(part.size())) != 1 ||
        done != static_cast<int>(part.size())) {
      return fail(Errc::crypto_failed, "SM4");
    }
    in = in.subspan(part.size());
    out = out.subspan(part.size());
  }
  return {};
}

Result<Bytes> sm4_cbc_encrypt(ByteView key, ByteView iv, ByteView blocks) {
  return whole_blocks(Sm4Mode::cbc, true, key, iv, blocks);
}
Result<Bytes> sm4_cbc_decrypt(ByteView key, ByteView iv, ByteView blocks) {
  return whole_blocks(Sm4Mode::cbc, false, key, iv, blocks);
}
Result<Bytes> sm4_ecb_encrypt(ByteView key, ByteView blocks) {
  return whole_blocks(Sm4Mode::ecb, true, key, {}, blocks);
}
Result<Bytes> sm4_ecb_decrypt(ByteView key, ByteView blocks) {
  return whole_blocks(Sm4Mode::ecb, false, key, {}, blocks);
}
Result<Bytes> sm4_ecb_encrypt_block(ByteView key, ByteView block) {
  if (block.size() != kSm4Block) return fail(Errc::malformed, "not one block");
  return sm4_ecb_encrypt(key, block);
}
Result<Bytes> sm4_ctr(ByteView key, ByteView counter, ByteView bytes) {
  KW_TRY(auto stream, Sm4Stream::make(Sm4Mode::ctr, true, key, counter));
  Bytes out(bytes.size());
  KW_CHECK(stream.run(bytes, out));
  return out;
}

}  // namespace kw::crypto
