#pragma once
// accept_baseline decides whether an approved baseline takes the place of the one that a kiosk holds for a section.
//
// A baseline is what a section measures a kiosk against. The kiosk proposes it, an administrator approves it, and it is
// signed like a bundle; its revision rises by device and section. Signatures are the caller's: VerifiedBaseline is made
// only after enough distinct command keys signed the payload octets. PURE.
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/id.h"
#include "crypto/sm3.h"
#include "kioskward/v1/device.pb.h"

namespace kw::policy {

namespace v1 = ::kioskward::v1;

/// BaselineRefusal holds every reason for which a baseline is not taken; the words go to BaselineReport and
/// baseline.refused.
enum class BaselineRefusal {
  malformed,      // not a baseline
  bad_signature,  // decided by the caller: not enough valid signatures
  wrong_device,
  unknown_section,
  older_revision,
  conflict,      // the revision held with other content
  not_approved,  // decided by the caller: not enough persons signed for it
};
[[nodiscard]] std::string_view name(BaselineRefusal refusal) noexcept;

inline constexpr std::size_t kMostBaselineContent = 900U << 10;  // as proposed; the envelope has 1 MiB
inline constexpr std::size_t kMostBaselineOctets = kMostBaselineContent + 1024;

struct VerifiedBaseline {
  v1::Baseline baseline;
  crypto::Digest digest{};  // SM3 of the stored payload
};
/// parse_baseline reads the payload of a Signed{kind="baseline"}; call it after the signatures were verified.
/// Errc::too_large, Errc::malformed, Errc::unsupported (version).
[[nodiscard]] Result<VerifiedBaseline> parse_baseline(ByteView payload);

struct HeldBaseline {
  std::uint64_t revision = 0;  // 0: none is held
  crypto::Digest digest{};
};
enum class BaselineVerdict { taken, unchanged };
using BaselineDecision = std::variant<BaselineVerdict, BaselineRefusal>;

/// accept_baseline: a baseline of another device tells nothing about this one's sections and revisions.
[[nodiscard]] BaselineDecision accept_baseline(const HeldBaseline& held, const VerifiedBaseline& offered,
                                               const DeviceId& device);

/// baseline_json renders a section's content for people, by the message "<Section>Baseline" beside "<Section>Policy".
/// Errc::unsupported where the section or its message is not known here, Errc::too_large, Errc::malformed.
[[nodiscard]] Result<std::string> baseline_json(std::string_view section, ByteView content);

}  // namespace kw::policy
