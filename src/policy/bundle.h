#pragma once
// accept decides whether a policy bundle takes the place of the one in force. It is a pure function of its arguments.
//
// Signatures are the caller's: VerifiedBundle is made only after enough distinct command keys signed the payload
// octets.
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/id.h"
#include "crypto/sm3.h"
#include "kioskward/v1/policy.pb.h"
#include "policy/checked.h"

namespace kw::policy {

/// BundleRefusal holds every reason for which a bundle is not taken; the words go to PolicyReport and policy.refused.
enum class BundleRefusal {
  malformed,      // decided by the caller: not a bundle
  bad_signature,  // decided by the caller: not enough valid signatures
  wrong_device,
  older_revision,
  not_yet_valid,
  expired,
  invalid,       // check_policy refused the content
  conflict,      // the revision in force with other content
  apply_failed,  // decided by the caller: the kernel did not take it
  not_approved,  // decided by the caller: not enough persons signed for it
};
[[nodiscard]] std::string_view name(BundleRefusal refusal) noexcept;

inline constexpr std::size_t kMostBundleOctets = 1 << 20;

/// VerifiedBundle is a bundle whose platform signatures the caller has verified over `payload`'s octets.
struct VerifiedBundle {
  v1::PolicyBundle bundle;
  crypto::Digest digest{};               // SM3 of the stored payload
  std::optional<crypto::Digest> common;  // SM3 of its common part, where it has one
  std::optional<v1::Signed> approval;    // of the common part; nobody has verified it
};
/// parse_bundle joins a device's own part and the common one. It reads the payload of a Signed{kind="policy"}; call it
/// after the signatures were verified.
[[nodiscard]] Result<VerifiedBundle> parse_bundle(ByteView payload);

struct InForce {
  std::uint64_t revision = 0;  // 0: nothing is in force
  crypto::Digest digest{};
};
struct AcceptedBundle {
  std::uint64_t revision = 0;
  crypto::Digest digest{};
  CheckedPolicy policy;
};
struct Unchanged {};
struct RefusedBundle {
  BundleRefusal why = BundleRefusal::invalid;
  std::string detail;  // for the operator's log
};
using BundleDecision = std::variant<AcceptedBundle, Unchanged, RefusedBundle>;

[[nodiscard]] BundleDecision accept(const InForce& in_force, const VerifiedBundle& offered, const DeviceId& device,
                                    Timestamp now);

/// reload checks the bundle that was in force before a restart: device and content again, but neither revision nor
/// time.
[[nodiscard]] BundleDecision reload(const VerifiedBundle& stored, const DeviceId& device);

}  // namespace kw::policy
