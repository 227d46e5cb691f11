#include "pki/key_file.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"

namespace kw::pki {
namespace {

constexpr std::string_view kMagic = "KWKEY";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSalt = 16;
constexpr std::size_t kMostData = 65536;

Result<crypto::Sm4Gcm> cipher_for(ByteView secret, ByteView salt, std::string_view purpose) {
  const std::string info = "kioskward key file:" + std::string(purpose);
  const auto key = crypto::hkdf_sm3(secret, salt, bytes_of(info), crypto::kSm4Key);
  return crypto::Sm4Gcm::make(key.reveal());
}

}  // namespace

Result<Bytes> seal_secret(ByteView data, std::string_view purpose, ByteView secret, Random& random) {
  if (purpose.size() > 0xff || data.size() > kMostData) return fail(Errc::too_large);
  const Bytes salt = random.bytes(kSalt);
  const Bytes nonce = random.bytes(crypto::kGcmNonce);
  Writer out;
  out.raw(bytes_of(kMagic)).u8(kVersion).vec8(bytes_of(purpose)).raw(salt).raw(nonce);
  KW_TRY(const auto cipher, cipher_for(secret, salt, purpose));
  KW_TRY(const auto sealed, cipher.seal(nonce, out.view(), data));
  out.raw(sealed);
  return std::move(out).take();
}

Result<SecretBytes> open_secret(ByteView file, std::string_view purpose, ByteView secret) {
  if (file.size() > kMostData + 512) return fail(Errc::too_large, "key file");
  Reader in(file);
  KW_TRY(const auto magic, in.take(kMagic.size()));
  if (text_of(magic) != kMagic) return fail(Errc::malformed, "not a key file");
  KW_TRY(const auto version, in.u8());
  if (version != kVersion) return fail(Errc::unsupported, "version of a key file");
  KW_TRY(const auto stored_purpose, in.vec8());
  KW_TRY(const auto salt, in.take(kSalt));
  KW_TRY(const auto nonce, in.take(crypto::kGcmNonce));
  const auto header = file.first(in.position());
  if (text_of(stored_purpose) != purpose) return fail(Errc::decrypt_failed);
  KW_TRY(const auto cipher, cipher_for(secret, salt, purpose));
  KW_TRY(auto data, cipher.open(nonce, header, in.rest()));
  return SecretBytes(std::move(data));
}

Result<Bytes> seal_key(const crypto::Sm2PrivateKey& key, std::string_view purpose, ByteView secret, Random& random) {
  const auto pkcs8 = key.pkcs8();
  return seal_secret(pkcs8.reveal(), purpose, secret, random);
}

Result<crypto::Sm2PrivateKey> open_key(ByteView file, std::string_view purpose, ByteView secret) {
  KW_TRY(const auto pkcs8, open_secret(file, purpose, secret));
  auto key = crypto::Sm2PrivateKey::from_pkcs8(pkcs8.reveal());
  if (!key) return fail(Errc::decrypt_failed);
  return key;
}

}  // namespace kw::pki
