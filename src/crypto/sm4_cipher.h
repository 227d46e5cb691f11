#pragma once
// Sm4Stream runs one of OpenSSL's SM4 modes over consecutive pieces; internal to src/crypto.
#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"

namespace kw::crypto {

enum class Sm4Mode { ecb, cbc, ctr };

class Sm4Stream {
 public:
  /// make takes a 16-octet key and, but for ECB, a 16-octet IV: Errc::bad_key, Errc::malformed.
  static Result<Sm4Stream> make(Sm4Mode mode, bool encrypt, ByteView key, ByteView iv);
  /// run transforms `in` into `out`, which has the same length and may be the same memory. ECB and CBC: whole blocks.
  Result<> run(ByteView in, MutableByteView out);

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* ctx) const noexcept { EVP_CIPHER_CTX_free(ctx); }
  };
  using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;
  explicit Sm4Stream(Context context) : context_(std::move(context)) {}
  Context context_;
};

}  // namespace kw::crypto
