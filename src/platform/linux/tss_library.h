#pragma once
// TssLibrary is tpm2-tss (ESAPI, its marshalling, its transports), taken into the process only while a TPM is asked.
//
// A kiosk without a TPM never maps it, and neither does the link process: libraries are opened by name at the first
// use and given back with the last TssLibrary. Errc::not_found where they are not installed.
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <array>

#include "base/result.h"

// X(library index, function): 0 esys, 1 mu, 2 tctildr
#define KW_TSS_FUNCTIONS(X)             \
  X(2, Tss2_TctiLdr_Initialize)         \
  X(2, Tss2_TctiLdr_Finalize)           \
  X(0, Esys_Initialize)                 \
  X(0, Esys_Finalize)                   \
  X(0, Esys_Free)                       \
  X(0, Esys_GetCapability)              \
  X(0, Esys_CreatePrimary)              \
  X(0, Esys_Create)                     \
  X(0, Esys_Load)                       \
  X(0, Esys_FlushContext)               \
  X(0, Esys_TR_GetName)                 \
  X(0, Esys_TR_SetAuth)                 \
  X(0, Esys_StartAuthSession)           \
  X(0, Esys_TRSess_SetAttributes)       \
  X(0, Esys_PolicyPCR)                  \
  X(0, Esys_PolicyAuthValue)            \
  X(0, Esys_PolicyGetDigest)            \
  X(0, Esys_Unseal)                     \
  X(0, Esys_PCR_Read)                   \
  X(0, Esys_Quote)                      \
  X(1, Tss2_MU_TPM2B_PUBLIC_Marshal)    \
  X(1, Tss2_MU_TPM2B_PUBLIC_Unmarshal)  \
  X(1, Tss2_MU_TPM2B_PRIVATE_Marshal)   \
  X(1, Tss2_MU_TPM2B_PRIVATE_Unmarshal) \
  X(1, Tss2_MU_TPMT_SIGNATURE_Marshal)

namespace kw::platform {

class TssLibrary {
 public:
  static Result<TssLibrary> open();
  TssLibrary(const TssLibrary&) = delete;
  TssLibrary& operator=(const TssLibrary&) = delete;
  TssLibrary(TssLibrary&& other) noexcept;
  TssLibrary& operator=(TssLibrary&&) = delete;
  ~TssLibrary();

#define KW_TSS_MEMBER(library, function) decltype(&::function) function = nullptr;
  KW_TSS_FUNCTIONS(KW_TSS_MEMBER)
#undef KW_TSS_MEMBER

 private:
  TssLibrary() = default;
  std::array<void*, 3> handles_{};
};

}  // namespace kw::platform
