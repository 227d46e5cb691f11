#include "platform/sdf/sdf_module.h"

#include <algorithm>
#include <functional>

#include "crypto/der.h"
#include "crypto/sm2_digest.h"
#include "platform/sdf/sdf_library.h"
#include "platform/sdf/sdf_records.h"

namespace kw::platform {
namespace {

using crypto::Sm2PublicKey;

constexpr unsigned long kSm4Cbc = 0x00000402;  // SGD_SM4_CBC
constexpr unsigned long kSessionBits = 128;
constexpr std::size_t kHalfField = 32;  // of a number of 256 bits in a field of 64

Result<> check_sdf(std::uint32_t code, std::string_view call) {
  if (code == 0) return {};
  return sdf_error(code, call);
}
#define KW_SDF(library, function, ...) check_sdf((library).function(__VA_ARGS__), #function)

/// Gives back what a library has given: keys, rights. What it answers to that changes nothing, and has nowhere to go.
class SdfHeld {
 public:
  explicit SdfHeld(std::function<void()> give_back) : give_back_(std::move(give_back)) {}
  SdfHeld(SdfHeld&& other) noexcept
      : give_back_(std::move(other.give_back_)), held_(std::exchange(other.held_, false)) {}
  SdfHeld(const SdfHeld&) = delete;
  SdfHeld& operator=(const SdfHeld&) = delete;
  SdfHeld& operator=(SdfHeld&&) = delete;
  ~SdfHeld() {
    if (held_) give_back_();
  }

 private:
  std::function<void()> give_back_;
  bool held_ = true;
};

/// words_of takes the words of a fixed field: what is no printable ASCII ends or parts them.
std::string words_of(ByteView field) {
  std::string out;
  for (const auto octet : field) {
    if (octet == 0) break;
    const bool printable = octet > 0x20 && octet < 0x7f;
    if (printable)
      out += static_cast<char>(octet);
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

Bytes signature_of(ByteView r, ByteView s) {
  const auto magnitude = [](ByteView number) {
    while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
    return number;
  };
  return crypto::der(crypto::tag::kSequence, {crypto::der_unsigned(magnitude(r)), crypto::der_unsigned(magnitude(s))});
}

/// A device that is open, with a session.
class SdfDevice {
 public:
  static Result<std::unique_ptr<SdfDevice>> open(SdfLibrary library) {
    auto out = std::unique_ptr<SdfDevice>(new SdfDevice(std::move(library)));
    KW_CHECK(KW_SDF(out->sdf_, SDF_OpenDevice, &out->device_));
    KW_CHECK(KW_SDF(out->sdf_, SDF_OpenSession, out->device_, &out->session_));
    return out;
  }
  SdfDevice(const SdfDevice&) = delete;
  SdfDevice& operator=(const SdfDevice&) = delete;
  ~SdfDevice() {
    if (session_ != nullptr) sdf_.SDF_CloseSession(session_);
    if (device_ != nullptr) sdf_.SDF_CloseDevice(device_);
  }
  [[nodiscard]] const SdfLibrary& sdf() const noexcept { return sdf_; }
  [[nodiscard]] SdfHandle session() const noexcept { return session_; }

 private:
  explicit SdfDevice(SdfLibrary library) : sdf_(std::move(library)) {}
  SdfLibrary sdf_;
  SdfHandle device_ = nullptr, session_ = nullptr;
};

/// What is told of a module without its password.
struct SdfIdentity {
  std::string name;
  Sm2PublicKey signing;
  std::array<Byte, 32> key{};  // SM3 of both public keys
  SdfNumbers numbers;
};

Result<SdfIdentity> identity_of(const SdfDevice& device, std::uint32_t index) {
  // DEVICEINFO begins with IssuerName (40), DeviceName (16), DeviceSerial (16); numbers follow.
  Bytes info(kSdfRecordRoom), sign(kSdfRecordRoom), encrypt(kSdfRecordRoom);
  KW_CHECK(KW_SDF(device.sdf(), SDF_GetDeviceInfo, device.session(), info.data()));
  KW_CHECK(KW_SDF(device.sdf(), SDF_ExportSignPublicKey_ECC, device.session(), index, sign.data()));
  KW_CHECK(KW_SDF(device.sdf(), SDF_ExportEncPublicKey_ECC, device.session(), index, encrypt.data()));
  KW_TRY(auto signing, read_sdf_public_key(sign));
  KW_TRY(const auto encryption, read_sdf_public_key(encrypt));
  std::string name;
  const ByteView fields(info);
  for (const auto& field : {fields.first(40), fields.subspan(40, 16), fields.subspan(56, 16)})
    if (const auto words = words_of(field); !words.empty()) name += words + " ";
  const auto key = crypto::sm3_concat({signing.key.point(), encryption.key.point()});
  return SdfIdentity{name + "key " + std::to_string(index), std::move(signing.key), key, signing.numbers};
}

class SdfModule final : public pki::CryptoModule {
 public:
  SdfModule(std::unique_ptr<SdfDevice> device, SdfIdentity identity, SdfOptions options)
      : device_(std::move(device)), identity_(std::move(identity)), options_(std::move(options)) {}
  [[nodiscard]] std::string name() const override { return identity_.name; }

  Result<Bytes> seal(const SecretBytes& secret, std::string_view context) override {
    KW_CHECK(pki::check_module_secret(secret, context));
    KW_TRY(const auto right, access());
    SealedInSdf out;
    out.key = identity_.key;
    KW_CHECK(KW_SDF(sdf(), SDF_GenerateRandom, session(), out.iv.size(), out.iv.data()));
    KW_CHECK(encrypt(secret, out));
    KW_CHECK(sign(out, context));
    KW_TRY(const auto again, unwrap(out));
    if (!equal(again.reveal(), secret.reveal()))
      return fail(Errc::io, "the module opens something else than it sealed");
    return out.octets();
  }

  Result<SecretBytes> open(ByteView sealed, std::string_view context) override {
    KW_TRY(const auto in, parse_sealed_in_sdf(sealed));
    if (in.key != identity_.key) return fail(Errc::bad_key, "sealed by another module or key than " + identity_.name);
    if (!identity_.signing.verify(in.message(context), signature_of(in.r, in.s))) return fail(Errc::decrypt_failed);
    KW_TRY(const auto right, access());
    return unwrap(in);
  }

 private:
  [[nodiscard]] const SdfLibrary& sdf() const noexcept { return device_->sdf(); }
  [[nodiscard]] SdfHandle session() const noexcept { return device_->session(); }

  /// access holds the right to use the private keys.
  Result<SdfHeld> access() {
    auto password = options_.password.clone();  // the interface takes it as something to write to
    const auto got = KW_SDF(sdf(), SDF_GetPrivateKeyAccessRight, session(), options_.key,
                            password.reveal_mutable().data(), password.size());
    // Makers have codes of their own for a password, and another try may lock the key: what is not known is that.
    if (!got && got.code() == Errc::io) return fail(Errc::forbidden, got.error().detail());
    if (!got) return got.error();
    return SdfHeld([this] { sdf().SDF_ReleasePrivateKeyAccessRight(session(), options_.key); });
  }
  [[nodiscard]] SdfHeld destroying(SdfHandle key) {
    return SdfHeld([this, key] { sdf().SDF_DestroyKey(session(), key); });
  }

  /// encrypt puts the secret under a session key that is made for it.
  Result<> encrypt(const SecretBytes& secret, SealedInSdf& out) {
    SdfHandle made = nullptr;
    Bytes record(kSdfRecordRoom);
    KW_CHECK(KW_SDF(sdf(), SDF_GenerateKeyWithIPK_ECC, session(), options_.key, kSessionBits, record.data(), &made));
    const auto destroyed = destroying(made);
    KW_TRY(out.cipher, read_sdf_cipher(record, identity_.numbers));
    auto iv = out.iv;  // the interface gives the next one back in its place
    auto in = secret.clone();
    Bytes room(kSdfRecordRoom);
    VendorNumber size{static_cast<std::uint32_t>(room.size())};
    KW_CHECK(KW_SDF(sdf(), SDF_Encrypt, session(), made, kSm4Cbc, iv.data(), in.reveal_mutable().data(), in.size(),
                    room.data(), &size));
    if (size.low != out.secret.size() || size.high != 0) return fail(Errc::io, "SDF_Encrypt: another size");
    std::copy_n(room.begin(), out.secret.size(), out.secret.begin());
    return {};
  }

  Result<> sign(SealedInSdf& out, std::string_view context) {
    const auto message = out.message(context);
    KW_TRY(auto digest, crypto::sm2_signing_digest(identity_.signing, message));
    SdfSignature signature{};
    KW_CHECK(KW_SDF(sdf(), SDF_InternalSign_ECC, session(), options_.key, digest.data(), digest.size(), &signature));
    std::copy_n(signature.r.begin() + kHalfField, kHalfField, out.r.begin());
    std::copy_n(signature.s.begin() + kHalfField, kHalfField, out.s.begin());
    if (!identity_.signing.verify(message, signature_of(out.r, out.s)))
      return fail(Errc::io, "SDF_InternalSign_ECC: a signature over something else");
    return {};
  }

  Result<SecretBytes> unwrap(const SealedInSdf& in) {
    SdfHandle taken = nullptr;
    auto record = write_sdf_cipher(in.cipher, identity_.numbers);
    KW_CHECK(KW_SDF(sdf(), SDF_ImportKeyWithISK_ECC, session(), options_.key, record.data(), &taken));
    const auto destroyed = destroying(taken);
    auto iv = in.iv;
    auto secret = in.secret;
    SecretBytes room(kSdfRecordRoom);
    VendorNumber size{static_cast<std::uint32_t>(room.size())};
    KW_CHECK(KW_SDF(sdf(), SDF_Decrypt, session(), taken, kSm4Cbc, iv.data(), secret.data(), secret.size(),
                    room.reveal_mutable().data(), &size));
    if (size.low != pki::kModuleSecret || size.high != 0) return fail(Errc::io, "SDF_Decrypt: another size");
    return SecretBytes::copy_of(room.reveal().first(pki::kModuleSecret));
  }

  std::unique_ptr<SdfDevice> device_;
  SdfIdentity identity_;
  SdfOptions options_;
};

}  // namespace

Result<std::unique_ptr<pki::CryptoModule>> open_sdf_module(SdfOptions options) {
  KW_TRY(auto library, SdfLibrary::open(options.library));
  KW_TRY(auto device, SdfDevice::open(std::move(library)));
  KW_TRY(auto identity, identity_of(*device, options.key));
  return std::make_unique<SdfModule>(std::move(device), std::move(identity), std::move(options));
}

}  // namespace kw::platform
