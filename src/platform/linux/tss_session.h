#pragma once
// TssSession is one conversation with the TPM: library, transport, storage primary; everything goes with it.
//
// Internal to the TPM adapter. Not thread-safe.
#include <memory>
#include <vector>

#include "device/hardware/tpm_port.h"
#include "platform/linux/tss_error.h"
#include "platform/linux/tss_library.h"

namespace kw::platform {

class TssSession {
 public:
  static Result<std::unique_ptr<TssSession>> open(const std::string& transport);
  TssSession(const TssSession&) = delete;
  TssSession& operator=(const TssSession&) = delete;
  ~TssSession();

  [[nodiscard]] ESYS_CONTEXT* esys() const noexcept { return esys_; }
  [[nodiscard]] const TssLibrary& tss() const noexcept { return tss_; }

  /// primary makes the storage primary of the owner's hierarchy (TCG's template for P-256), which is the same key as
  /// long as the TPM is not cleared. `wanted`: the name that it must have; empty: any.
  Result<> primary(ByteView wanted);
  [[nodiscard]] ESYS_TR parent() const noexcept { return primary_; }
  [[nodiscard]] const Bytes& parent_name() const noexcept { return name_; }
  /// start begins a session that is salted to the primary and encrypts the first parameter of `attributes`' directions.
  Result<ESYS_TR> start(TPM2_SE kind, TPMA_SESSION attributes);
  /// policy_of asks for the values of `pcrs` and an authorisation value in the policy session.
  Result<> ask_policy(ESYS_TR session, const device::PcrSet& pcrs);
  /// load: the object is flushed with this conversation.
  Result<ESYS_TR> load(const device::v1::TpmObject& object);
  /// create makes an object below the primary.
  Result<device::v1::TpmObject> create(const TPM2B_SENSITIVE_CREATE& sensitive, const TPM2B_PUBLIC& form);

 private:
  explicit TssSession(TssLibrary&& tss) : tss_(std::move(tss)) {}
  TssLibrary tss_;
  TSS2_TCTI_CONTEXT* transport_ = nullptr;
  ESYS_CONTEXT* esys_ = nullptr;
  ESYS_TR primary_ = ESYS_TR_NONE;
  Bytes name_;
  std::vector<ESYS_TR> open_;  // handles to flush
};

/// Held frees what ESAPI allocated.
template <class T>
class Held {
 public:
  explicit Held(const TssLibrary& tss) : tss_(tss) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (p_ != nullptr) tss_.Esys_Free(p_);
  }
  T** out() { return &p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }

 private:
  const TssLibrary& tss_;
  T* p_ = nullptr;
};

Result<TPM2B_PUBLIC> unmarshal_public(const TssLibrary& tss, ByteView octets);
[[nodiscard]] TPML_PCR_SELECTION selection_of(const device::PcrSet& pcrs);

}  // namespace kw::platform
