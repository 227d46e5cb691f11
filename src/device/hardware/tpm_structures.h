#pragma once
// parse_quote_attest and its siblings read what a TPM 2.0 signs, as it came from a kiosk: nothing in it is believed.
//
// PURE. Structures of the TPM 2.0 Library, part 2: TPMT_PUBLIC (12.2.4), TPMS_ATTEST (10.12.8), TPMT_SIGNATURE
// (11.3.4), TPML_PCR_SELECTION (10.9.7). Taken are keys for ECDSA with SHA-256 on NIST P-256, and quotes. Errors:
// malformed, truncated, trailing_data, too_large; unsupported for another algorithm or kind.
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "crypto/p256.h"

namespace kw::device {

inline constexpr std::size_t kMostTpmPublic = 256;
inline constexpr std::size_t kMostTpmAttest = 512;
inline constexpr std::size_t kMostTpmSignature = 256;
inline constexpr std::uint32_t kPcrs = 24;

/// PCR indices, rising, all below kPcrs.
using PcrSet = std::vector<std::uint32_t>;

/// parse_attestation_key takes the TPMT_PUBLIC of a key that signs nothing but what its TPM has made: restricted,
/// fixed to its TPM, made in it. Errc::wrong_usage for a key with other attributes.
Result<crypto::P256Point> parse_attestation_key(ByteView tpmt_public);

struct QuoteAttest {
  Bytes extra_data;  // the nonce
  std::uint64_t clock_ms = 0;
  std::uint32_t resets = 0, restarts = 0;
  std::uint64_t firmware = 0;
  PcrSet pcrs;       // of the SHA-256 bank, the only one taken
  Bytes pcr_digest;
};
Result<QuoteAttest> parse_quote_attest(ByteView tpms_attest);

struct EcdsaSignature {
  Bytes r, s;
};
Result<EcdsaSignature> parse_tpm_signature(ByteView tpmt_signature);

}  // namespace kw::device
