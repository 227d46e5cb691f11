#include "crypto/md5.h"

#include <openssl/evp.h>

namespace kw::crypto {

struct Md5::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  bool good = context != nullptr && EVP_DigestInit_ex(context, EVP_md5(), nullptr) == 1;
};

Md5::Md5() : state_(std::make_unique<State>()) {}
Md5::~Md5() { EVP_MD_CTX_free(state_->context); }

Result<> Md5::update(ByteView bytes) {
  if (!state_->good || EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1)
    return fail(Errc::crypto_failed, "MD5");
  return {};
}

Result<std::array<Byte, 16>> Md5::finish() {
  std::array<Byte, 16> out{};
  unsigned size = 0;
  if (!state_->good || EVP_DigestFinal_ex(state_->context, out.data(), &size) != 1 || size != out.size())
    return fail(Errc::crypto_failed, "MD5");
  return out;
}

}  // namespace kw::crypto
