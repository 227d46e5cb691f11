#include "platform/linux/tss_tpm.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "platform/linux/tss_session.h"

namespace kw::platform {
namespace {

using device::PcrSet;
using device::v1::TpmObject;
using device::v1::TpmQuote;

constexpr std::size_t kMostSecret = 128;
constexpr TPMA_OBJECT kOurObject = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA;
constexpr int kReadTries = 4;  // a PCR read gives eight values at a time

/// The form of what is sealed: opened by its policy alone. Its authorisation is a digest nobody guesses, so the TPM's
/// guard against guessing (NODA) would only give an attacker a way to lock it.
TPM2B_PUBLIC sealed_form(const TPM2B_DIGEST& policy) {
  TPM2B_PUBLIC out{};
  out.publicArea.type = TPM2_ALG_KEYEDHASH;
  out.publicArea.nameAlg = TPM2_ALG_SHA256;
  out.publicArea.objectAttributes = kOurObject;
  out.publicArea.authPolicy = policy;
  out.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  return out;
}

TPM2B_PUBLIC attestation_form() {
  TPM2B_PUBLIC out{};
  auto& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes =
      kOurObject | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
  area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
  area.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

template <class Buffer>
Result<> put(Buffer& buffer, ByteView octets) {
  if (octets.size() > sizeof buffer.buffer) return fail(Errc::too_large, "TPM parameter");
  buffer.size = static_cast<UINT16>(octets.size());
  std::ranges::copy(octets, std::begin(buffer.buffer));
  return {};
}

/// Wiped when it goes.
struct Sensitive {
  TPM2B_SENSITIVE_CREATE create{};
  Sensitive() = default;
  Sensitive(const Sensitive&) = delete;
  Sensitive& operator=(const Sensitive&) = delete;
  ~Sensitive() { wipe({reinterpret_cast<Byte*>(&create), sizeof create}); }  // octets of a C structure
};
struct AuthValue {
  TPM2B_AUTH value{};
  AuthValue() = default;
  AuthValue(const AuthValue&) = delete;
  AuthValue& operator=(const AuthValue&) = delete;
  ~AuthValue() { wipe({reinterpret_cast<Byte*>(&value), sizeof value}); }  // octets of a C structure
};

Result<TPM2B_DIGEST> policy_of(TssSession& session, const PcrSet& pcrs) {
  KW_TRY(const auto trial, session.start(TPM2_SE_TRIAL, 0));
  KW_CHECK(session.ask_policy(trial, pcrs));
  Held<TPM2B_DIGEST> digest(session.tss());
  if (const auto rc = session.tss().Esys_PolicyGetDigest(session.esys(), trial, ESYS_TR_NONE, ESYS_TR_NONE,
                                                         ESYS_TR_NONE, digest.out());
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "policy");
  return *digest;
}

Result<std::vector<UINT32>> properties(TssSession& session, UINT32 first, UINT32 count) {
  Held<TPMS_CAPABILITY_DATA> data(session.tss());
  TPMI_YES_NO more = TPM2_NO;
  if (const auto rc =
          session.tss().Esys_GetCapability(session.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           TPM2_CAP_TPM_PROPERTIES, first, count, &more, data.out());
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "properties");
  std::vector<UINT32> out(count);
  const auto& list = data->data.tpmProperties;
  for (UINT32 i = 0; i < list.count; ++i) {
    const auto& one = list.tpmProperty[i];
    if (one.property >= first && one.property < first + count) out[one.property - first] = one.value;
  }
  return out;
}

std::string maker_of(UINT32 number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    if (const auto c = static_cast<char>(number >> shift & 0xff); c > ' ' && c < 127) out += c;
  return out;
}

/// The values, all of one moment: the TPM counts its changes.
Result<std::vector<device::v1::TpmPcr>> read_pcrs(TssSession& session, const PcrSet& pcrs) {
  std::vector<device::v1::TpmPcr> out;
  PcrSet left = pcrs;
  std::optional<UINT32> counter;
  for (int i = 0; i < kReadTries && !left.empty(); ++i) {
    const auto wanted = selection_of(left);
    UINT32 changes = 0;
    Held<TPML_PCR_SELECTION> given(session.tss());
    Held<TPML_DIGEST> values(session.tss());
    if (const auto rc = session.tss().Esys_PCR_Read(session.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted,
                                                    &changes, given.out(), values.out());
        rc != TSS2_RC_SUCCESS)
      return tss_error(rc, "read measured values");
    if (counter && *counter != changes) return fail(Errc::unavailable, "TPM: measured values are changing");
    counter = changes;
    if (values->count == 0) return fail(Errc::unsupported, "TPM: no SHA-256 bank");
    for (UINT32 n = 0; n < values->count && !left.empty(); ++n) {
      device::v1::TpmPcr one;
      one.set_index(left.front());
      one.set_value(copy_text(ByteView(values->digests[n].buffer, values->digests[n].size)));
      out.push_back(std::move(one));
      left.erase(left.begin());
    }
  }
  return out;
}

}  // namespace

TssTpm::TssTpm(std::string transport) : transport_(std::move(transport)) {
  ::setenv("TSS2_LOG", "all+none", 0);
}

Result<device::TpmFacts> TssTpm::facts() {
  KW_TRY(const auto session, TssSession::open(transport_));
  KW_TRY(const auto fixed, properties(*session, TPM2_PT_MANUFACTURER, TPM2_PT_FIRMWARE_VERSION_2 - TPM2_PT_MANUFACTURER + 1));
  KW_TRY(const auto permanent, properties(*session, TPM2_PT_PERMANENT, 1));
  device::TpmFacts out;
  out.manufacturer = maker_of(fixed.front());
  for (const auto word : {fixed[TPM2_PT_FIRMWARE_VERSION_1 - TPM2_PT_MANUFACTURER], fixed.back()})
    out.firmware += (out.firmware.empty() ? "" : ".") + std::to_string(word >> 16) + "." + std::to_string(word & 0xffff);
  out.locked = (permanent.front() & TPMA_PERMANENT_INLOCKOUT) != 0;
  return out;
}

Result<TpmObject> TssTpm::seal(ByteView secret, const SecretBytes& auth, const PcrSet& pcrs) {
  if (secret.empty() || secret.size() > kMostSecret) return fail(Errc::too_large, "TPM: secret");
  KW_TRY(const auto session, TssSession::open(transport_));
  KW_CHECK(session->primary({}));
  KW_TRY(const auto policy, policy_of(*session, pcrs));
  Sensitive sensitive;
  KW_CHECK(put(sensitive.create.sensitive.userAuth, auth.reveal()));
  KW_CHECK(put(sensitive.create.sensitive.data, secret));
  return session->create(sensitive.create, sealed_form(policy));
}

Result<SecretBytes> TssTpm::unseal(const TpmObject& object, const SecretBytes& auth, const PcrSet& pcrs) {
  KW_TRY(const auto session, TssSession::open(transport_));
  KW_CHECK(session->primary(bytes_of(object.parent_name())));
  KW_TRY(const auto handle, session->load(object));
  AuthValue value;
  KW_CHECK(put(value.value, auth.reveal()));
  if (const auto rc = session->tss().Esys_TR_SetAuth(session->esys(), handle, &value.value); rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "authorisation");
  KW_TRY(const auto policy, session->start(TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT));
  KW_CHECK(session->ask_policy(policy, pcrs));
  Held<TPM2B_SENSITIVE_DATA> data(session->tss());
  if (const auto rc = session->tss().Esys_Unseal(session->esys(), handle, policy, ESYS_TR_NONE, ESYS_TR_NONE, data.out());
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "unseal");
  auto out = SecretBytes::copy_of(ByteView(data->buffer, data->size));
  wipe({data->buffer, data->size});
  return out;
}

Result<TpmObject> TssTpm::make_attestation_key() {
  KW_TRY(const auto session, TssSession::open(transport_));
  KW_CHECK(session->primary({}));
  return session->create({}, attestation_form());
}

Result<Bytes> TssTpm::public_of(const TpmObject& object) {
  // TPM2B_PUBLIC is a TPMT_PUBLIC behind its length.
  const auto octets = bytes_of(object.public_area());
  if (octets.size() < 2 || octets.size() - 2 != static_cast<std::size_t>(octets[0] << 8 | octets[1]))
    return fail(Errc::malformed, "TPM object");
  return copy(octets.subspan(2));
}

Result<TpmQuote> TssTpm::quote(const TpmObject& key, const PcrSet& pcrs, ByteView nonce) {
  KW_TRY(const auto session, TssSession::open(transport_));
  KW_CHECK(session->primary(bytes_of(key.parent_name())));
  KW_TRY(const auto handle, session->load(key));
  TPM2B_DATA qualifying{};
  KW_CHECK(put(qualifying, nonce));
  KW_TRY(const auto values, read_pcrs(*session, pcrs));
  const auto selection = selection_of(pcrs);
  const TPMT_SIG_SCHEME scheme{TPM2_ALG_NULL, {}};
  Held<TPM2B_ATTEST> attest(session->tss());
  Held<TPMT_SIGNATURE> signature(session->tss());
  if (const auto rc = session->tss().Esys_Quote(session->esys(), handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                                &qualifying, &scheme, &selection, attest.out(), signature.out());
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "quote");
  std::array<Byte, sizeof(TPMT_SIGNATURE) + 16> octets{};
  std::size_t size = 0;
  if (const auto rc = session->tss().Tss2_MU_TPMT_SIGNATURE_Marshal(&*signature, octets.data(), octets.size(), &size);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "marshal");
  TpmQuote out;
  out.set_attest(copy_text(ByteView(attest->attestationData, attest->size)));
  out.set_signature(copy_text(ByteView(octets.data(), size)));
  for (const auto& value : values) *out.add_pcrs() = value;
  return out;
}

}  // namespace kw::platform
