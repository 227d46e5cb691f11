#include "platform/linux/tss_error.h"

#include <tss2/tss2_common.h>

#include <cstdio>

namespace kw::platform {
namespace {

constexpr TSS2_RC kParameterOrHandle = 0xf40;  // which one, of a code of format one

Errc of_tpm(TSS2_RC code) {
  if ((code & TPM2_RC_FMT1) != 0) code &= ~kParameterOrHandle;
  switch (code) {
    case TPM2_RC_INTEGRITY:
      return Errc::untrusted;
    case TPM2_RC_POLICY_FAIL:
    case TPM2_RC_PCR_CHANGED:
      return Errc::wrong_state;
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH:
      return Errc::forbidden;
    case TPM2_RC_LOCKOUT:
      return Errc::rate_limited;
    case TPM2_RC_RETRY:
    case TPM2_RC_YIELDED:
    case TPM2_RC_CANCELED:
    case TPM2_RC_TESTING:
    case TPM2_RC_NV_RATE:
    case TPM2_RC_NV_UNAVAILABLE:
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_OBJECT_HANDLES:
    case TPM2_RC_INITIALIZE:
    case TPM2_RC_DISABLED:
      return Errc::unavailable;
    case TPM2_RC_CURVE:
    case TPM2_RC_SCHEME:
    case TPM2_RC_HASH:
    case TPM2_RC_ASYMMETRIC:
    case TPM2_RC_SYMMETRIC:
    case TPM2_RC_KEY_SIZE:
    case TPM2_RC_COMMAND_CODE:
      return Errc::unsupported;
    default:
      return Errc::io;
  }
}

Errc of(TSS2_RC code) {
  switch (code & TSS2_RC_LAYER_MASK) {
    case TSS2_TPM_RC_LAYER:
    case TSS2_RESMGR_TPM_RC_LAYER:
      return of_tpm(code & ~TSS2_RC_LAYER_MASK);
    case TSS2_TCTI_RC_LAYER:
      return Errc::unavailable;
    case TSS2_RESMGR_RC_LAYER: {  // the kernel's resource manager gives codes of the TPM under this layer too
      const auto inner = of_tpm(code & ~TSS2_RC_LAYER_MASK);
      return inner == Errc::io ? Errc::unavailable : inner;
    }
    default:  // an answer that was changed on its way fails its authentication in ESAPI
      return (code & ~TSS2_RC_LAYER_MASK) == TSS2_BASE_RC_RSP_AUTH_FAILED ? Errc::untrusted : Errc::io;
  }
}

}  // namespace

Error tss_error(TSS2_RC code, std::string_view what) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", code);
  return Error(of(code), "TPM: " + std::string(what) + ": " + text);
}

}  // namespace kw::platform
