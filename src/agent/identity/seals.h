#pragma once
// open_seals opens what seals this kiosk's keys: the TPM together with the hardware, or the hardware alone.
//
//   form "file"  seal = HKDF(hardware digest)
//   form "tpm"   seal = HKDF(secret, hardware digest); the secret is in the TPM, which gives it to this hardware in the
//                chosen measured state (PCRs) and to nobody else
//
// Keys move between the forms at a start, one file after the other, each by rename after the new form was opened again;
// a key that is still under the other seal is found and moved at the next start. So a power cut at any point leaves
// every key readable.
#include "agent/identity/device_key.h"
#include "base/time.h"
#include "device/hardware/tpm_port.h"

namespace kw::agent {

struct TpmSettings {
  enum class Use { off, automatic, require };
  Use use = Use::automatic;
  std::string transport = "device:/dev/tpmrm0";
  device::PcrSet pcrs{0, 2, 4, 7};  // that the secret is sealed to; quotes cover these and kQuoted
};
inline constexpr std::array<std::uint32_t, 4> kQuotedPcrs{0, 2, 4, 7};

struct OpenedSeals {
  SecretBytes link, guard;
  std::optional<v1::TpmState> tpm;         // where the TPM holds the keys
  std::optional<device::TpmFacts> facts;   // of the TPM, where one answers
  std::optional<Error> problem;            // a TPM that is there and was not used
  std::string moved;                       // "to_tpm", "to_file", "resealed"; empty: nothing was
  std::vector<std::string> changed_paths;  // key files that were written anew
};

/// open_seals: errors of TpmPort, with what to do in the detail; corrupt (the file "tpm"). `tpm` may be null with use
/// off and no file "tpm". Reading back comes before anything is removed.
Result<OpenedSeals> open_seals(const StateDirectory& state, const DeviceHardware& hardware, device::TpmPort* tpm,
                               const TpmSettings& settings, Timestamp now, Random& random);

/// identity_of gives what the kiosk shows the platform of its TPM.
Result<v1::TpmIdentity> identity_of(const v1::TpmState& state, const device::TpmFacts& facts, device::TpmPort& tpm);
/// quoted_pcrs: those that the secret is sealed to, and kQuotedPcrs.
[[nodiscard]] device::PcrSet quoted_pcrs(const v1::TpmState& state);
/// permit_change keeps the secret also without measured values, until `until`: a new firmware or boot loader may come.
/// Errors of TpmPort; the present measured state must still be the one that the secret is sealed to.
Result<> permit_change(const StateDirectory& state, v1::TpmState& tpm_state, const SecretBytes& auth,
                       device::TpmPort& tpm, Timestamp until);
/// drop_opening ends such a permission once it is over; false where none ends now.
Result<bool> drop_opening(const StateDirectory& state, v1::TpmState& tpm_state, Timestamp now);

}  // namespace kw::agent
