#pragma once
// hardware_digest folds what identifies a kiosk's hardware into one SM3 digest that names its sources.
//
// PURE: reading the sources is the platform adapter's. Values never leave the kiosk, only their digests do.
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "kioskward/v1/device.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

/// SourceValue is one source of identity; without a value the source is missing on this machine.
struct SourceValue {
  std::string name;  // "machine-id", "dmi.board_serial", "cpu.model", "disk.vda.serial", "nic.eth0.permanent_mac"
  std::optional<std::string> value;
};

/// hardware_digest sorts by name and hashes "name=value\n" of the present sources. Blanks around a value and line ends
/// inside it do not count; of two sources with one name the first counts. Missing sources are listed as absent.
[[nodiscard]] v1::HardwareDigest hardware_digest(std::vector<SourceValue> sources);

/// check_digest refuses a digest whose form is wrong (Errc::malformed): version, lengths, order, more than 128 sources,
/// no source at all.
Result<> check_digest(const v1::HardwareDigest& digest);

struct HardwareChanges {
  std::vector<std::string> changed;  // other value, or gone
  std::vector<std::string> added;    // present now, and not when the device was bound
  [[nodiscard]] bool none() const noexcept { return changed.empty() && added.empty(); }
  [[nodiscard]] std::string text() const;  // names with commas: changed, then added
};
/// compare names what differs between the bound and the reported hardware. Two digests that differ without a source
/// that does are reported as "digest".
[[nodiscard]] HardwareChanges compare(const v1::HardwareDigest& bound, const v1::HardwareDigest& reported);

/// sealing_key derives the 16-octet SM4 key of the device key file: HKDF-SM3 over the digest with the file's salt.
/// It ties the file to this hardware; it is no protection against root on the same machine.
[[nodiscard]] SecretBytes sealing_key(const v1::HardwareDigest& digest, ByteView salt);

/// tpm_sealing_key derives it from a secret that only the TPM gives out, and from `seal`, the key for this hardware.
[[nodiscard]] SecretBytes tpm_sealing_key(const SecretBytes& tpm_secret, const SecretBytes& seal);

}  // namespace kw::device
