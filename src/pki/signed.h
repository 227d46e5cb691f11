#pragma once
// sign_object and verify_object put SM2 signatures on stored octets and count them: checkpoints, policy, orders,
// reports.
//
// A signature covers "kioskward:" kind ":v1" 0x00 payload (schemas/kioskward/v1/common.proto), so that an object of one
// kind never passes for another. PURE; SM2 draws its nonce inside the crypto facade.
#include <vector>

#include "crypto/sm2.h"
#include "kioskward/v1/common.pb.h"

namespace kw::pki {

namespace v1 = ::kioskward::v1;

inline constexpr int kMostSignatures = 8;

/// sign_object makes a signed object with one signature.
Result<v1::Signed> sign_object(std::string_view kind, ByteView payload, const crypto::Sm2PrivateKey& key);
/// add_signature adds one more; Errc::too_large above kMostSignatures, Errc::already_exists for a second by one key.
Result<> add_signature(v1::Signed& object, const crypto::Sm2PrivateKey& key);

/// attach_signature adds one that was made elsewhere (a token, a browser) over octets_to_sign(); Errc::bad_signature
/// for a false one.
Result<> attach_signature(v1::Signed& object, const crypto::Sm2PublicKey& key, ByteView value);
/// octets_to_sign is what a signature covers.
[[nodiscard]] Bytes octets_to_sign(std::string_view kind, ByteView payload);
/// check_form: Errc::unsupported (version), malformed (another kind, too many signatures).
Result<> check_form(const v1::Signed& object, std::string_view kind);

/// verify_object succeeds when at least `threshold` different keys of `keys` have signed. Errc::unsupported (version),
/// malformed (kind, too many signatures), bad_signature. A threshold of 0 is Errc::invalid. A signature by a key that
/// is not in `keys` does not count and does no harm; a false one by a key that is refuses the object.
Result<> verify_object(const v1::Signed& object, std::string_view kind, const std::vector<crypto::Sm2PublicKey>& keys,
                       std::size_t threshold);
Result<> verify_object(const v1::Signed& object, std::string_view kind, const crypto::Sm2PublicKey& key);

/// Who may command a kiosk, parsed: keys are good, thresholds can be met.
struct CommandRule {
  std::vector<crypto::Sm2PublicKey> keys;
  std::size_t policy_threshold = 1, order_threshold = 1;
};
/// parse_rule refuses unknown versions, no or more than 32 keys, repeated keys, and thresholds out of 1…keys.
Result<CommandRule> parse_rule(const v1::CommandRule& rule);

}  // namespace kw::pki
