#include "platform/recorded/recorded_tpm.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/writer.h"
#include "crypto/random.h"

namespace kw::platform {
namespace {

using device::PcrSet;
using device::v1::TpmObject;
using device::v1::TpmQuote;

constexpr std::uint16_t kEcc = 0x0023, kSha256 = 0x000b, kNull = 0x0010, kEcdsa = 0x0018, kP256 = 0x0003;

Bytes padded(const BIGNUM* number) {
  Bytes out(32);
  BN_bn2binpad(number, out.data(), 32);
  return out;
}
std::string some_name() { return copy_text(crypto::SystemRandom().bytes(32)); }

}  // namespace

struct RecordedTpm::Key {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey{
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};

  [[nodiscard]] Bytes coordinate(const char* which) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(pkey.get(), which, &number);
    auto out = padded(number);
    BN_free(number);
    return out;
  }
  [[nodiscard]] Bytes public_area() const {
    Writer out;
    out.u16(kEcc).u16(kSha256).u32(0x00050472).u16(0).u16(kNull).u16(kEcdsa).u16(kSha256).u16(kP256).u16(kNull);
    out.vec16(coordinate(OSSL_PKEY_PARAM_EC_PUB_X)).vec16(coordinate(OSSL_PKEY_PARAM_EC_PUB_Y));
    return std::move(out).take();
  }
  [[nodiscard]] Bytes sign(ByteView message) const {
    const auto digest = crypto::sha256(message);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> ctx(EVP_PKEY_CTX_new(pkey.get(), nullptr),
                                                                          EVP_PKEY_CTX_free);
    Bytes der(128);
    std::size_t size = der.size();
    EVP_PKEY_sign_init(ctx.get());
    EVP_PKEY_sign(ctx.get(), der.data(), &size, digest.data(), digest.size());
    const unsigned char* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
    Writer out;
    out.u16(kEcdsa).u16(kSha256);
    out.vec16(padded(ECDSA_SIG_get0_r(signature.get()))).vec16(padded(ECDSA_SIG_get0_s(signature.get())));
    return std::move(out).take();
  }
};

RecordedTpm::RecordedTpm() : parent_(some_name()) { pcrs_.fill(Bytes(32)); }
RecordedTpm::~RecordedTpm() = default;

void RecordedTpm::extend(std::uint32_t pcr, ByteView with) {
  Bytes all = pcrs_.at(pcr);
  append(all, crypto::sha256(with));
  pcrs_.at(pcr) = copy(crypto::sha256(all));
}

Result<> RecordedTpm::ready() {
  ++calls;
  if (refusal) return *refusal;
  return {};
}

Bytes RecordedTpm::policy_of(const PcrSet& pcrs) const {
  Writer out;
  for (const auto pcr : pcrs) out.u32(pcr).raw(pcrs_.at(pcr));
  return std::move(out).take();
}

Result<std::string> RecordedTpm::ours(const TpmObject& object) const {
  if (object.parent_name() != parent_) return fail(Errc::untrusted, "the storage primary is another TPM's");
  return object.private_area();
}

Result<device::TpmFacts> RecordedTpm::facts() {
  KW_CHECK(ready());
  return told;
}

Result<TpmObject> RecordedTpm::seal(ByteView secret, const SecretBytes& auth, const PcrSet& pcrs) {
  KW_CHECK(ready());
  if (secret.empty() || secret.size() > 128) return fail(Errc::too_large, "secret");
  TpmObject out;
  out.set_parent_name(parent_);
  out.set_private_area(some_name());
  sealed_[out.private_area()] = {copy(secret), copy(auth.reveal()), policy_of(pcrs)};
  return out;
}

Result<SecretBytes> RecordedTpm::unseal(const TpmObject& object, const SecretBytes& auth, const PcrSet& pcrs) {
  KW_CHECK(ready());
  KW_TRY(const auto name, ours(object));
  const auto found = sealed_.find(name);
  if (found == sealed_.end()) return fail(Errc::untrusted, "not sealed here");
  if (found->second.policy != policy_of(pcrs)) return fail(Errc::wrong_state, "measured values");
  if (!equal(found->second.auth, auth.reveal())) return fail(Errc::forbidden, "authorisation");
  return SecretBytes::copy_of(found->second.secret);
}

Result<TpmObject> RecordedTpm::make_attestation_key() {
  KW_CHECK(ready());
  const auto key = std::make_shared<Key>();
  TpmObject out;
  out.set_parent_name(parent_);
  out.set_private_area(some_name());
  Writer area;
  area.vec16(key->public_area());
  out.set_public_area(copy_text(area.view()));
  keys_[out.private_area()] = key;
  return out;
}

Result<Bytes> RecordedTpm::public_of(const TpmObject& object) {
  if (object.public_area().size() < 2) return fail(Errc::malformed, "object");
  return copy(bytes_of(object.public_area()).subspan(2));
}

Result<TpmQuote> RecordedTpm::quote(const TpmObject& object, const PcrSet& pcrs, ByteView nonce) {
  KW_CHECK(ready());
  KW_TRY(const auto name, ours(object));
  const auto key = keys_.find(name);
  if (key == keys_.end()) return fail(Errc::untrusted, "not made here");
  if (nonce.size() > 64) return fail(Errc::too_large, "nonce");
  TpmQuote out;
  std::array<Byte, 3> selected{};
  Bytes values;
  for (const auto pcr : pcrs) {
    auto& octet = selected.at(pcr / 8);
    octet = static_cast<Byte>(octet | 1U << (pcr % 8));
    append(values, pcrs_.at(pcr));
    auto& one = *out.add_pcrs();
    one.set_index(pcr);
    one.set_value(copy_text(pcrs_.at(pcr)));
  }
  Writer attest;
  attest.u32(0xff544347).u16(0x8018).vec16(bytes_of("name")).vec16(nonce).u64(1).u32(1).u32(0).u8(1).u64(7);
  attest.u32(1).u16(kSha256).vec8(selected).vec16(crypto::sha256(values));
  out.set_attest(copy_text(attest.view()));
  out.set_signature(copy_text(key->second->sign(attest.view())));
  return out;
}

}  // namespace kw::platform
