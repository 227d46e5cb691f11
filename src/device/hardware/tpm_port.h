#pragma once
// TpmPort is the machine's TPM 2.0: it keeps a secret for this kiosk, and quotes how the kiosk was started.
//
// Errors, the same for every call:
//   unavailable    no TPM, it does not answer, or it is busy
//   untrusted      the object was made by another TPM (or this one was cleared)
//   wrong_state    the measured values (PCRs) are not those that the object is sealed to
//   forbidden      the authorisation is wrong: other hardware around this TPM
//   rate_limited   the TPM is locked against guessing (dictionary attack lockout)
//   not_permitted  the storage hierarchy has a password, or this process may not open the device
//   unsupported    the part lacks an algorithm; io: anything else it answers
// Calls take up to seconds. Not thread-safe.
#include <string>

#include "base/secret.h"
#include "device/hardware/tpm_structures.h"
#include "kioskward/v1/tpm.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

struct TpmFacts {
  std::string manufacturer, firmware;
  bool locked = false;  // against guessing
};

class TpmPort {
 public:
  virtual ~TpmPort() = default;
  virtual Result<TpmFacts> facts() = 0;
  /// seal keeps `secret` (at most 128 octets) for this TPM alone, under `auth` and the present values of `pcrs` (none:
  /// whatever was started).
  virtual Result<v1::TpmObject> seal(ByteView secret, const SecretBytes& auth, const PcrSet& pcrs) = 0;
  virtual Result<SecretBytes> unseal(const v1::TpmObject& object, const SecretBytes& auth, const PcrSet& pcrs) = 0;
  virtual Result<v1::TpmObject> make_attestation_key() = 0;
  /// public_of gives the TPMT_PUBLIC of an object; no TPM is asked. Errc::malformed.
  virtual Result<Bytes> public_of(const v1::TpmObject& object) = 0;
  /// quote signs the values of `pcrs` over `nonce` (at most 64 octets).
  virtual Result<v1::TpmQuote> quote(const v1::TpmObject& key, const PcrSet& pcrs, ByteView nonce) = 0;
};

}  // namespace kw::device
