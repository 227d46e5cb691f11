#pragma once
// RecordedTpm is a TPM in memory for tests: its own parent, its own measured values, real quotes. Never shipped.
#include <map>
#include <memory>
#include <optional>

#include "device/hardware/tpm_port.h"

namespace kw::platform {

class RecordedTpm final : public device::TpmPort {
 public:
  RecordedTpm();
  ~RecordedTpm() override;

  /// extend changes a measured value as a boot with other software does.
  void extend(std::uint32_t pcr, ByteView with);
  std::optional<Error> refusal;  // every call answers with it: not there, busy, locked
  device::TpmFacts told{"REC", "1.2.3.4", false};
  int calls = 0;

  Result<device::TpmFacts> facts() override;
  Result<device::v1::TpmObject> seal(ByteView secret, const SecretBytes& auth, const device::PcrSet& pcrs) override;
  Result<SecretBytes> unseal(const device::v1::TpmObject& object, const SecretBytes& auth,
                             const device::PcrSet& pcrs) override;
  Result<device::v1::TpmObject> make_attestation_key() override;
  Result<Bytes> public_of(const device::v1::TpmObject& object) override;
  Result<device::v1::TpmQuote> quote(const device::v1::TpmObject& key, const device::PcrSet& pcrs,
                                     ByteView nonce) override;

 private:
  struct Key;
  struct Sealed {
    Bytes secret, auth, policy;
  };
  [[nodiscard]] Bytes policy_of(const device::PcrSet& pcrs) const;
  Result<> ready();
  Result<std::string> ours(const device::v1::TpmObject& object) const;
  std::string parent_;
  std::array<Bytes, device::kPcrs> pcrs_;
  std::map<std::string, Sealed> sealed_;               // by private area
  std::map<std::string, std::shared_ptr<Key>> keys_;   // the same
};

}  // namespace kw::platform
