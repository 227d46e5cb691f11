#pragma once
// DeviceHardware is what this kiosk is made of; open_device_key opens the key that is sealed to it.
//
// The seal stands on machine-id, DMI and CPU. Disks and network cards are left out: a changed card must be told to the
// platform by a kiosk that can still sign (admission names the part), not by one that locked itself out.
#include "agent/identity/state_directory.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/sm2.h"
#include "kioskward/v1/device.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

/// What the sealed files are for (pki/key_file.h).
inline constexpr std::string_view kDeviceKeyPurpose = "device signing", kSpoolKeyPurpose = "event spool",
                                  kLivenessKeyPurpose = "guard liveness";

struct DeviceHardware {
  std::string unique_id;  // machine-id, 32 hex digits
  v1::HardwareDigest digest;
  SecretBytes seal;        // of the link's key files
  SecretBytes guard_seal;  // of the guard's; nobody else has it
  SecretBytes tpm_auth;    // what the TPM asks for beside its own state
};
/// read_device_hardware reads the sources below `root`; Errc::not_found without a machine-id.
Result<DeviceHardware> read_device_hardware(const std::string& interface, const std::string& root = "/");
/// missing_sources names the sources that this machine does not have, comma-separated.
[[nodiscard]] std::string missing_sources(const v1::HardwareDigest& digest);

/// make_device_key makes and stores the device's signing key and the spool's secret. A key that is there and opens is
/// kept, so that an interrupted enrolment goes on with it.
Result<crypto::Sm2PrivateKey> make_device_key(const StateDirectory& state, const SecretBytes& seal, Random& random);
/// open_device_key: Errc::not_found before enrolment; Errc::untrusted where the key is sealed to other hardware.
Result<crypto::Sm2PrivateKey> open_device_key(const StateDirectory& state, const SecretBytes& seal);
Result<SecretBytes> open_spool_key(const StateDirectory& state, const SecretBytes& seal);

}  // namespace kw::agent
