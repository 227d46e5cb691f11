#include "device/hardware/tpm_structures.h"

#include <utility>

#include "base/reader.h"

namespace kw::device {
namespace {

// Part 2, 6.3 and 6.4.
constexpr std::uint16_t kEcc = 0x0023, kSha256 = 0x000b, kNull = 0x0010, kEcdsa = 0x0018, kNistP256 = 0x0003;
constexpr std::uint32_t kGenerated = 0xff544347;  // TPM_GENERATED_VALUE: only a TPM's own structures begin so
constexpr std::uint16_t kAttestQuote = 0x8018;
// Part 2, 8.3: attributes of an object.
constexpr std::uint32_t kFixedTpm = 1U << 1, kFixedParent = 1U << 4, kMadeInside = 1U << 5, kRestricted = 1U << 16,
                        kDecrypt = 1U << 17, kSign = 1U << 18;
constexpr std::size_t kMostBuffer = 64, kMostTpmName = 68, kMostCoordinate = 32;
constexpr std::uint32_t kMostBanks = 16;
constexpr std::uint8_t kMostSelect = 4;

Result<> expect(Result<std::uint16_t> found, std::uint16_t wanted, const char* what) {
  if (!found) return found.error();
  if (*found != wanted) return fail(Errc::unsupported, what);
  return {};
}

Result<PcrSet> parse_selection(Reader& in) {
  KW_TRY(const auto banks, in.u32());
  if (banks > kMostBanks) return fail(Errc::too_large, "PCR banks");
  PcrSet out;
  bool seen = false;
  for (std::uint32_t i = 0; i < banks; ++i) {
    KW_TRY(const auto hash, in.u16());
    KW_TRY(const auto size, in.u8());
    if (size > kMostSelect) return fail(Errc::too_large, "PCR selection");
    KW_TRY(const auto bits, in.take(size));
    for (std::uint32_t pcr = 0; pcr < 8U * size; ++pcr) {
      if ((bits[pcr / 8] >> (pcr % 8) & 1) == 0) continue;
      if (hash != kSha256 || pcr >= kPcrs) return fail(Errc::unsupported, "PCR bank");
      out.push_back(pcr);
    }
    if (hash == kSha256 && std::exchange(seen, true)) return fail(Errc::malformed, "PCR bank listed twice");
  }
  return out;
}

}  // namespace

Result<crypto::P256Point> parse_attestation_key(ByteView tpmt_public) {
  if (tpmt_public.size() > kMostTpmPublic) return fail(Errc::too_large, "attestation key");
  Reader in(tpmt_public);
  KW_CHECK(expect(in.u16(), kEcc, "attestation key: not ECC"));
  KW_CHECK(expect(in.u16(), kSha256, "attestation key: name algorithm"));
  KW_TRY(const auto attributes, in.u32());
  KW_CHECK(in.vec16(kMostBuffer));  // authPolicy
  KW_CHECK(expect(in.u16(), kNull, "attestation key: symmetric"));
  KW_CHECK(expect(in.u16(), kEcdsa, "attestation key: scheme"));
  KW_CHECK(expect(in.u16(), kSha256, "attestation key: hash"));
  KW_CHECK(expect(in.u16(), kNistP256, "attestation key: curve"));
  KW_CHECK(expect(in.u16(), kNull, "attestation key: derivation"));
  KW_TRY(const auto x, in.vec16(kMostCoordinate));
  KW_TRY(const auto y, in.vec16(kMostCoordinate));
  KW_CHECK(in.finish());
  constexpr auto wanted = kFixedTpm | kFixedParent | kMadeInside | kRestricted | kSign;
  if ((attributes & (wanted | kDecrypt)) != wanted)
    return fail(Errc::wrong_usage, "attestation key: it signs other things than its TPM's");
  return crypto::P256Point{copy(x), copy(y)};
}

Result<QuoteAttest> parse_quote_attest(ByteView tpms_attest) {
  if (tpms_attest.size() > kMostTpmAttest) return fail(Errc::too_large, "quote");
  Reader in(tpms_attest);
  KW_TRY(const auto magic, in.u32());
  if (magic != kGenerated) return fail(Errc::malformed, "not made by a TPM");
  KW_CHECK(expect(in.u16(), kAttestQuote, "not a quote"));
  KW_CHECK(in.vec16(kMostTpmName));  // qualified name of the signer
  QuoteAttest out;
  KW_TRY(const auto extra, in.vec16(kMostBuffer));
  out.extra_data = copy(extra);
  KW_TRY(out.clock_ms, in.u64());
  KW_TRY(out.resets, in.u32());
  KW_TRY(out.restarts, in.u32());
  KW_CHECK(in.u8());  // whether the clock is certain: nothing here stands on it
  KW_TRY(out.firmware, in.u64());
  KW_TRY(out.pcrs, parse_selection(in));
  KW_TRY(const auto digest, in.vec16(kMostBuffer));
  out.pcr_digest = copy(digest);
  KW_CHECK(in.finish());
  return out;
}

Result<EcdsaSignature> parse_tpm_signature(ByteView tpmt_signature) {
  if (tpmt_signature.size() > kMostTpmSignature) return fail(Errc::too_large, "signature");
  Reader in(tpmt_signature);
  KW_CHECK(expect(in.u16(), kEcdsa, "signature: not ECDSA"));
  KW_CHECK(expect(in.u16(), kSha256, "signature: hash"));
  KW_TRY(const auto r, in.vec16(kMostCoordinate));
  KW_TRY(const auto s, in.vec16(kMostCoordinate));
  KW_CHECK(in.finish());
  return EcdsaSignature{copy(r), copy(s)};
}

}  // namespace kw::device
