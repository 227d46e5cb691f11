#include "agent/identity/device_key.h"

#include "device/hardware.h"
#include "pki/key_file.h"
#include "platform/linux/hardware_sources.h"

namespace kw::agent {
namespace {

Error other_hardware(const Error& error, std::string_view file) {
  if (error.code() != Errc::decrypt_failed) return error.within(file);
  return Error(Errc::untrusted, std::string(file) +
                                    " is sealed to other hardware: this state directory was copied, or "
                                    "the main board was replaced; enrol this machine anew");
}

bool seals(const std::string& source) {
  return source == "machine-id" || source.starts_with("dmi.") || source.starts_with("cpu.");
}

}  // namespace

Result<DeviceHardware> read_device_hardware(const std::string& interface, const std::string& root) {
  KW_TRY(auto reading, platform::read_hardware({.root = root, .pinned_interface = interface}));
  std::vector<device::SourceValue> all, sealing;
  for (auto& source : reading.sources) {
    if (seals(source.name)) sealing.push_back({source.name, source.value});
    all.push_back({std::move(source.name), std::move(source.value)});
  }
  DeviceHardware out;
  out.unique_id = std::move(reading.unique_id);
  out.digest = device::hardware_digest(std::move(all));
  const auto sealed_to = device::hardware_digest(std::move(sealing));
  out.seal = device::sealing_key(sealed_to, bytes_of("kioskward agent state v1"));
  out.guard_seal = device::sealing_key(sealed_to, bytes_of("kioskward guard state v1"));
  out.tpm_auth = device::sealing_key(sealed_to, bytes_of("kioskward tpm authorisation v1"));
  return out;
}

std::string missing_sources(const v1::HardwareDigest& digest) {
  std::string out;
  for (const auto& source : digest.sources()) {
    if (source.present()) continue;
    if (!out.empty()) out += ",";
    out += source.name();
  }
  return out;
}

Result<crypto::Sm2PrivateKey> open_device_key(const StateDirectory& state, const SecretBytes& seal) {
  KW_TRY(auto file, state.read(StateFile::device_key));
  if (!file) return fail(Errc::not_found, "no device key in " + state.path() + ": enrol first");
  auto key = pki::open_key(*file, kDeviceKeyPurpose, seal.reveal());
  if (!key) return other_hardware(key.error(), "device.key");
  return key;
}

Result<SecretBytes> open_spool_key(const StateDirectory& state, const SecretBytes& seal) {
  KW_TRY(auto file, state.read(StateFile::spool_key));
  if (!file) return fail(Errc::not_found, "no spool key in " + state.path() + ": enrol first");
  auto key = pki::open_secret(*file, kSpoolKeyPurpose, seal.reveal());
  if (!key) return other_hardware(key.error(), "spool.key");
  return key;
}

Result<crypto::Sm2PrivateKey> make_device_key(const StateDirectory& state, const SecretBytes& seal, Random& random) {
  auto there = open_device_key(state, seal);
  if (there || there.code() != Errc::not_found) return there;
  const SecretBytes spool(random.bytes(32));
  KW_TRY(auto spool_file, pki::seal_secret(spool.reveal(), kSpoolKeyPurpose, seal.reveal(), random));
  KW_CHECK(state.write(StateFile::spool_key, spool_file));
  KW_TRY(auto key, crypto::Sm2PrivateKey::generate());
  KW_TRY(auto key_file, pki::seal_key(key, kDeviceKeyPurpose, seal.reveal(), random));
  KW_CHECK(state.write(StateFile::device_key, key_file));
  return key;
}

}  // namespace kw::agent
