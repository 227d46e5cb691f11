#include "platform/linux/tss_session.h"

#include <unistd.h>

#include <algorithm>

namespace kw::platform {
namespace {

constexpr std::string_view kDevice = "device:";

// Standard ECC storage key: TCG EK Credential Profile, template L-2's twin for storage (TCG TPM v2.0 Provisioning
// Guidance, 7.5.1); AES-128 in CFB is what every part has.
TPM2B_PUBLIC storage_template() {
  TPM2B_PUBLIC out{};
  auto& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  auto& ecc = area.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_AES;
  ecc.symmetric.keyBits.aes = 128;
  ecc.symmetric.mode.aes = TPM2_ALG_CFB;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

template <class T>
Result<std::string> marshal(T function, const auto& object) {
  std::array<Byte, sizeof object + 64> out{};
  std::size_t size = 0;
  if (const auto rc = function(&object, out.data(), out.size(), &size); rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "marshal");
  return copy_text(ByteView(out.data(), size));
}

}  // namespace

TPML_PCR_SELECTION selection_of(const device::PcrSet& pcrs) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = 3;
  for (const auto pcr : pcrs) {
    auto& octet = out.pcrSelections[0].pcrSelect[pcr / 8];
    octet = static_cast<BYTE>(octet | 1U << (pcr % 8));
  }
  return out;
}

Result<TPM2B_PUBLIC> unmarshal_public(const TssLibrary& tss, ByteView octets) {
  TPM2B_PUBLIC out{};
  std::size_t at = 0;
  if (tss.Tss2_MU_TPM2B_PUBLIC_Unmarshal(octets.data(), octets.size(), &at, &out) != TSS2_RC_SUCCESS ||
      at != octets.size())
    return fail(Errc::malformed, "TPM object");
  return out;
}

Result<std::unique_ptr<TssSession>> TssSession::open(const std::string& transport) {
  if (transport.starts_with(kDevice)) {
    const auto path = transport.substr(kDevice.size());
    if (::access(path.c_str(), F_OK) != 0) return fail(Errc::not_found, "no TPM at " + path);
    if (::access(path.c_str(), R_OK | W_OK) != 0) return fail(Errc::not_permitted, "TPM at " + path);
  }
  KW_TRY(auto library, TssLibrary::open());
  std::unique_ptr<TssSession> out(new TssSession(std::move(library)));
  if (const auto rc = out->tss_.Tss2_TctiLdr_Initialize(transport.c_str(), &out->transport_); rc != TSS2_RC_SUCCESS)
    return fail(Errc::unavailable, tss_error(rc, "open " + transport).detail());
  if (const auto rc = out->tss_.Esys_Initialize(&out->esys_, out->transport_, nullptr); rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "start");
  return out;
}

TssSession::~TssSession() {
  // What cannot be flushed is the kernel's to flush with the descriptor; of a TPM that is gone there is nothing left.
  std::ranges::reverse(open_);
  for (const auto handle : open_) static_cast<void>(tss_.Esys_FlushContext(esys_, handle));
  if (esys_ != nullptr) tss_.Esys_Finalize(&esys_);
  if (transport_ != nullptr) tss_.Tss2_TctiLdr_Finalize(&transport_);
}

Result<> TssSession::primary(ByteView wanted) {
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const auto form = storage_template();
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION none{};
  Held<TPM2B_PUBLIC> made(tss_);
  if (const auto rc = tss_.Esys_CreatePrimary(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                              &sensitive, &form, &outside, &none, &primary_, made.out(), nullptr,
                                              nullptr, nullptr);
      rc != TSS2_RC_SUCCESS) {
    const auto error = tss_error(rc, "storage primary");
    return error.code() == Errc::forbidden ? Error(Errc::not_permitted, error.detail() + " (the owner has a password)")
                                           : error;
  }
  open_.push_back(primary_);
  Held<TPM2B_NAME> name(tss_);
  if (const auto rc = tss_.Esys_TR_GetName(esys_, primary_, name.out()); rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "name of the storage primary");
  name_ = copy(ByteView(name->name, name->size));
  if (!wanted.empty() && !equal(wanted, name_)) return fail(Errc::untrusted, "the storage primary is another TPM's");
  return {};
}

Result<ESYS_TR> TssSession::start(TPM2_SE kind, TPMA_SESSION attributes) {
  TPMT_SYM_DEF cipher{};
  cipher.algorithm = TPM2_ALG_AES;
  cipher.keyBits.aes = 128;
  cipher.mode.aes = TPM2_ALG_CFB;
  ESYS_TR out = ESYS_TR_NONE;
  if (const auto rc = tss_.Esys_StartAuthSession(esys_, primary_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                 ESYS_TR_NONE, nullptr, kind, &cipher, TPM2_ALG_SHA256, &out);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "session");
  open_.push_back(out);
  if (const auto rc = tss_.Esys_TRSess_SetAttributes(esys_, out, attributes | TPMA_SESSION_CONTINUESESSION, 0xff);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "session");
  return out;
}

Result<> TssSession::ask_policy(ESYS_TR session, const device::PcrSet& pcrs) {
  if (!pcrs.empty()) {
    const TPM2B_DIGEST present{};  // the TPM takes the values as they are
    const auto selection = selection_of(pcrs);
    if (const auto rc =
            tss_.Esys_PolicyPCR(esys_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &present, &selection);
        rc != TSS2_RC_SUCCESS)
      return tss_error(rc, "measured values");
  }
  if (const auto rc = tss_.Esys_PolicyAuthValue(esys_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "authorisation");
  return {};
}

Result<ESYS_TR> TssSession::load(const device::v1::TpmObject& object) {
  KW_TRY(const auto form, unmarshal_public(tss_, bytes_of(object.public_area())));
  TPM2B_PRIVATE inside{};
  std::size_t at = 0;
  const auto octets = bytes_of(object.private_area());
  if (tss_.Tss2_MU_TPM2B_PRIVATE_Unmarshal(octets.data(), octets.size(), &at, &inside) != TSS2_RC_SUCCESS ||
      at != octets.size())
    return fail(Errc::malformed, "TPM object");
  ESYS_TR out = ESYS_TR_NONE;
  if (const auto rc =
          tss_.Esys_Load(esys_, primary_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &inside, &form, &out);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "load");
  open_.push_back(out);
  return out;
}

Result<device::v1::TpmObject> TssSession::create(const TPM2B_SENSITIVE_CREATE& sensitive, const TPM2B_PUBLIC& form) {
  KW_TRY(const auto session, start(TPM2_SE_HMAC, TPMA_SESSION_DECRYPT));
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION none{};
  Held<TPM2B_PRIVATE> inside(tss_);
  Held<TPM2B_PUBLIC> made(tss_);
  if (const auto rc =
          tss_.Esys_Create(esys_, primary_, session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &form, &outside, &none,
                           inside.out(), made.out(), nullptr, nullptr, nullptr);
      rc != TSS2_RC_SUCCESS)
    return tss_error(rc, "create");
  device::v1::TpmObject out;
  out.set_parent_name(copy_text(name_));
  KW_TRY(*out.mutable_public_area(), marshal(tss_.Tss2_MU_TPM2B_PUBLIC_Marshal, *made));
  KW_TRY(*out.mutable_private_area(), marshal(tss_.Tss2_MU_TPM2B_PRIVATE_Marshal, *inside));
  return out;
}

}  // namespace kw::platform
