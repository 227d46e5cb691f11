// The two ways of protecting records: SM4-GCM, and SM4-CBC with HMAC-SM3 (MAC, then encrypt).
#include "base/reader.h"
#include "base/writer.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"
#include "tlcp/record.h"

namespace kw::tlcp {
namespace {

constexpr std::size_t kExplicitNonce = 8;
constexpr std::size_t kMac = 32;
constexpr std::size_t kHashBlock = 64;

// sequence || type || version || length: what GCM authenticates beside the content, and the MAC in front of it.
Bytes pseudo_header(std::uint64_t sequence, ContentType type, std::size_t length) {
  Writer w(13);
  w.u64(sequence).u8(static_cast<std::uint8_t>(type)).u16(kVersion).u16(static_cast<std::uint16_t>(length));
  return std::move(w).take();
}

class GcmProtection final : public RecordProtection {
 public:
  GcmProtection(crypto::Sm4Gcm cipher, SecretBytes salt) : cipher_(std::move(cipher)), salt_(std::move(salt)) {}

  Result<Bytes> seal(ContentType type, ByteView plaintext) override {
    Writer out(kExplicitNonce + plaintext.size() + crypto::kGcmTag);
    out.u64(sequence_);
    const auto aad = pseudo_header(sequence_, type, plaintext.size());
    KW_TRY(const auto sealed, cipher_.seal(nonce(out.view()), aad, plaintext));
    ++sequence_;
    out.raw(sealed);
    return std::move(out).take();
  }

  Result<Bytes> open(ContentType type, ByteView fragment) override {
    if (fragment.size() < kExplicitNonce + crypto::kGcmTag) return fail(Errc::decrypt_failed);
    const auto length = fragment.size() - kExplicitNonce - crypto::kGcmTag;
    if (length > kMaxPlaintext) return fail(Errc::too_large);
    const auto aad = pseudo_header(sequence_, type, length);
    auto plaintext = cipher_.open(nonce(fragment.first(kExplicitNonce)), aad, fragment.subspan(kExplicitNonce));
    if (!plaintext) return fail(Errc::decrypt_failed);
    ++sequence_;
    return plaintext;
  }

 private:
  // The explicit part is whatever the record says; it need not be the sequence number.
  [[nodiscard]] Bytes nonce(ByteView explicit_part) const {
    Bytes out = copy(salt_.reveal());
    append(out, explicit_part);
    return out;
  }

  crypto::Sm4Gcm cipher_;
  SecretBytes salt_;
  std::uint64_t sequence_ = 0;
};

class CbcProtection final : public RecordProtection {
 public:
  CbcProtection(SecretBytes cipher_key, SecretBytes mac_key, Random& random)
      : cipher_key_(std::move(cipher_key)), mac_key_(std::move(mac_key)), random_(random) {}

  Result<Bytes> seal(ContentType type, ByteView plaintext) override {
    const auto mac = mac_of(type, plaintext);
    const auto bare = plaintext.size() + kMac;
    const auto padding = static_cast<Byte>(crypto::kSm4Block - 1 - bare % crypto::kSm4Block);
    Bytes blocks;
    blocks.reserve(bare + padding + 1U);
    append(blocks, plaintext);
    append(blocks, mac);
    blocks.insert(blocks.end(), padding + 1U, padding);
    Bytes out = random_.bytes(crypto::kSm4Block);
    KW_TRY(const auto sealed, crypto::sm4_cbc_encrypt(cipher_key_.reveal(), out, blocks));
    ++sequence_;
    append(out, sealed);
    return out;
  }

  // One error and, as far as SM3 lets us, one duration for false padding and false MAC (RFC 5246 section 6.2.3.2): the
  // MAC is always computed, over the whole record where the padding is false, and hashing that a longer content would
  // have cost is made up for.
  Result<Bytes> open(ContentType type, ByteView fragment) override {
    constexpr auto kLeast = crypto::kSm4Block + (kMac / crypto::kSm4Block + 1) * crypto::kSm4Block;
    if (fragment.size() < kLeast || fragment.size() % crypto::kSm4Block != 0) return fail(Errc::decrypt_failed);
    auto opened = crypto::sm4_cbc_decrypt(cipher_key_.reveal(), fragment.first(crypto::kSm4Block),
                                          fragment.subspan(crypto::kSm4Block));
    if (!opened) return fail(Errc::decrypt_failed);
    Bytes& blocks = *opened;
    const std::size_t most = blocks.size() - kMac - 1;  // longest content that leaves room for MAC and padding length
    const std::size_t padding = blocks.back();
    unsigned good = padding <= most ? 1U : 0U;
    unsigned difference = 0;
    for (std::size_t i = 0; i < 256 && i < blocks.size(); ++i) {
      const unsigned inside = i <= padding ? 0xffU : 0U;
      difference |= inside & (blocks[blocks.size() - 1 - i] ^ static_cast<unsigned>(padding));
    }
    good &= difference == 0 ? 1U : 0U;
    const std::size_t length = most - (good != 0 ? padding : 0);
    const auto content = ByteView(blocks).first(length);
    const auto mac = mac_of(type, content);
    even_out(length, most);
    good &= crypto::equal_secret(mac, ByteView(blocks).subspan(length, kMac)) ? 1U : 0U;
    if (good == 0) return fail(Errc::decrypt_failed);
    if (length > kMaxPlaintext) return fail(Errc::too_large);
    ++sequence_;
    blocks.resize(length);
    return opened;
  }

 private:
  [[nodiscard]] crypto::Digest mac_of(ContentType type, ByteView content) const {
    return crypto::hmac_sm3(mac_key_.reveal(), {pseudo_header(sequence_, type, content.size()), content});
  }
  static void even_out(std::size_t length, std::size_t most) {
    const auto blocks = [](std::size_t n) { return (kHashBlock + 13 + n + 9 + kHashBlock - 1) / kHashBlock; };
    const Bytes filler((blocks(most) - blocks(length)) * kHashBlock);
    crypto::Sm3().update(filler);
  }

  SecretBytes cipher_key_, mac_key_;
  Random& random_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordProtection>> make_protection(Suite suite, DirectionKeys keys, Random& random) {
  std::unique_ptr<RecordProtection> out;
  if (suite == Suite::ecc_sm4_gcm_sm3) {
    KW_TRY(auto cipher, crypto::Sm4Gcm::make(keys.cipher_key.reveal()));
    out = std::make_unique<GcmProtection>(std::move(cipher), std::move(keys.fixed_iv));
  } else {
    out = std::make_unique<CbcProtection>(std::move(keys.cipher_key), std::move(keys.mac_key), random);
  }
  return out;
}

}  // namespace kw::tlcp
