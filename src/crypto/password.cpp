#include "crypto/password.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstdio>

#include "crypto/sm3.h"

namespace kw::crypto {
namespace {

struct Cost {
  unsigned log_n = 15;
  unsigned r = 8;
  unsigned p = 1;
};
constexpr std::size_t kSalt = 16;
constexpr std::size_t kHash = 32;
constexpr std::size_t kMostStored = 256;
constexpr std::size_t kMostPassword = 1024;

Result<SecretBytes> scrypt(ByteView secret, ByteView salt, const Cost& cost, std::size_t length) {
  constexpr std::uint64_t kMostMemory = std::uint64_t{160} << 20;
  SecretBytes out(length);
  if (EVP_PBE_scrypt(reinterpret_cast<const char*>(secret.data()), secret.size(), salt.data(), salt.size(),
                     std::uint64_t{1} << cost.log_n, cost.r, cost.p, kMostMemory, out.reveal_mutable().data(),
                     length) != 1) {
    return fail(Errc::crypto_failed, "scrypt");
  }
  return out;
}

Result<unsigned> parameter(std::string_view& text, std::string_view name, char end, unsigned most) {
  const auto stop = text.find(end);
  if (!text.starts_with(name) || stop == std::string_view::npos) return fail(Errc::malformed, "stored password");
  const std::string_view digits = text.substr(name.size(), stop - name.size());
  unsigned out = 0;
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || at != digits.data() + digits.size() || out == 0 || out > most) {
    return fail(Errc::malformed, "stored password");
  }
  text.remove_prefix(stop + 1);
  return out;
}

}  // namespace

Result<std::string> hash_password(std::string_view password, Random& random) {
  if (password.size() > kMostPassword) return fail(Errc::too_large, "password");
  const Cost cost;
  const Bytes salt = random.bytes(kSalt);
  KW_TRY(const auto hash, scrypt(bytes_of(password), salt, cost, kHash));
  return "scrypt$ln=" + std::to_string(cost.log_n) + ",r=" + std::to_string(cost.r) + ",p=" + std::to_string(cost.p) +
         "$" + to_base64(salt) + "$" + to_base64(hash.reveal());
}

Result<bool> verify_password(std::string_view password, std::string_view stored) {
  constexpr std::string_view kScheme = "scrypt$";
  if (stored.size() > kMostStored || !stored.starts_with(kScheme)) return fail(Errc::malformed, "stored password");
  stored.remove_prefix(kScheme.size());
  Cost cost;
  // The bounds keep a damaged record from taking all memory: 2^17 * 8 * 128 octets are 128 MiB.
  KW_TRY(cost.log_n, parameter(stored, "ln=", ',', 17));
  KW_TRY(cost.r, parameter(stored, "r=", ',', 8));
  KW_TRY(cost.p, parameter(stored, "p=", '$', 4));
  const auto middle = stored.find('$');
  if (middle == std::string_view::npos) return fail(Errc::malformed, "stored password");
  KW_TRY(const auto salt, from_base64(stored.substr(0, middle)));
  KW_TRY(const auto expected, from_base64(stored.substr(middle + 1)));
  if (salt.size() < 8 || expected.size() < 16) return fail(Errc::malformed, "stored password");
  if (password.size() > kMostPassword) return false;
  KW_TRY(const auto hash, scrypt(bytes_of(password), salt, cost, expected.size()));
  return equal_secret(hash.reveal(), expected);
}

Result<SecretBytes> derive_key(ByteView passphrase, ByteView salt, std::size_t length) {
  if (length == 0 || length > 1024) return fail(Errc::invalid, "derived key length");
  return scrypt(passphrase, salt, Cost{}, length);
}

std::string totp(ByteView secret, std::uint64_t step) {
  std::array<Byte, 8> counter{};
  for (std::size_t i = counter.size(); i-- > 0; step >>= 8) counter[i] = static_cast<Byte>(step);
  std::array<Byte, EVP_MAX_MD_SIZE> mac{};
  unsigned length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(), &length);
  const std::size_t at = mac[19] & 0x0f;  // RFC 4226 section 5.3
  const std::uint32_t value = (std::uint32_t{mac[at]} & 0x7f) << 24 | std::uint32_t{mac[at + 1]} << 16 |
                              std::uint32_t{mac[at + 2]} << 8 | mac[at + 3];
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%06u", static_cast<unsigned>(value % 1'000'000));
  wipe(mac);
  return text.data();
}

}  // namespace kw::crypto
