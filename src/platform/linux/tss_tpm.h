#pragma once
// TssTpm is the machine's TPM 2.0 through tpm2-tss.
//
// `transport` is what its loader takes: "device:/dev/tpmrm0" (the kernel shares the TPM among programs), or
// "swtpm:path=/run/x" for tests. The library and the transport are there only while a call runs. Everything secret
// crosses the bus under a session salted to the storage primary, whose name is kept with each object: who sits between
// TPM and processor can neither read it nor put a key of his own in its place unseen.
#include "device/hardware/tpm_port.h"

namespace kw::platform {

class TssTpm final : public device::TpmPort {
 public:
  /// Quiets tpm2-tss's own log, which is the process's environment: make it before any thread.
  explicit TssTpm(std::string transport);

  /// facts: Errc::not_found where there is no device file, or tpm2-tss is not installed.
  Result<device::TpmFacts> facts() override;
  Result<device::v1::TpmObject> seal(ByteView secret, const SecretBytes& auth, const device::PcrSet& pcrs) override;
  Result<SecretBytes> unseal(const device::v1::TpmObject& object, const SecretBytes& auth,
                             const device::PcrSet& pcrs) override;
  Result<device::v1::TpmObject> make_attestation_key() override;
  Result<Bytes> public_of(const device::v1::TpmObject& object) override;
  Result<device::v1::TpmQuote> quote(const device::v1::TpmObject& key, const device::PcrSet& pcrs,
                                     ByteView nonce) override;

 private:
  std::string transport_;
};

}  // namespace kw::platform
