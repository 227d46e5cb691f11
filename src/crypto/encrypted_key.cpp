#include "crypto/encrypted_key.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "crypto/sm2_impl.h"

namespace kw::crypto {
namespace {

constexpr std::uint64_t kScryptN = 16384, kScryptR = 8, kScryptP = 5;
constexpr int kScryptSalt = 16;

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using KeyInfoPtr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using SealedPtr = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>>;

const char* chars(ByteView octets) { return reinterpret_cast<const char*>(octets.data()); }

}  // namespace

Result<std::string> seal_pkcs8(const Sm2PrivateKey& key, ByteView passphrase) {
  std::array<Byte, kScryptSalt> salt{};
  if (RAND_bytes(salt.data(), kScryptSalt) != 1) return fail(Errc::crypto_failed, "random");
  AlgorithmPtr how(
      PKCS5_pbe2_set_scrypt(EVP_sm4_cbc(), salt.data(), kScryptSalt, nullptr, kScryptN, kScryptR, kScryptP));
  const auto der = key.pkcs8();
  const auto* at = der.reveal().data();
  const KeyInfoPtr plain(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (!how || !plain) return fail(Errc::crypto_failed, "PKCS#8");
  const SealedPtr sealed(
      PKCS8_set0_pbe(chars(passphrase), static_cast<int>(passphrase.size()), plain.get(), how.get()));
  if (!sealed) return fail(Errc::crypto_failed, "PBES2");
  static_cast<void>(how.release());  // the sealed key has it now
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PKCS8(out.get(), sealed.get()) != 1) return fail(Errc::crypto_failed, "PEM");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<Sm2PrivateKey> open_pkcs8(std::string_view pem, ByteView passphrase) {
  if (pem.size() > kMostKeyPem) return fail(Errc::too_large, "key file");
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const SealedPtr sealed(in ? PEM_read_bio_PKCS8(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!sealed) return fail(Errc::malformed, "not an encrypted private key (PEM)");
  const KeyInfoPtr plain(PKCS8_decrypt(sealed.get(), chars(passphrase), static_cast<int>(passphrase.size())));
  if (!plain) return fail(Errc::decrypt_failed);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(plain.get(), &der);
  if (size <= 0) return fail(Errc::decrypt_failed);
  auto key = Sm2PrivateKey::from_pkcs8({der, static_cast<std::size_t>(size)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  if (!key) return fail(Errc::decrypt_failed);
  return key;
}

}  // namespace kw::crypto
