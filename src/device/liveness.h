#pragma once
// liveness_fault judges a guard's answer to the platform's challenge, and liveness_key_fault the key that it comes
// under.
//
// PURE. Who talks to the platform is the kiosk's link process; whether the guard behind it is alive only the guard's
// own key can tell. The signature is the caller's to verify; what it covers is judged here.
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/id.h"
#include "kioskward/v1/link.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

/// What a statement has to answer to.
struct LivenessExpectation {
  DeviceId device;
  Bytes nonce;                // the newest one sent in this session
  std::string boot_id;        // of the admission report
  std::uint64_t counter = 0;  // of the last statement of this boot
};

/// liveness_fault gives the code of what is wrong, or nothing: "no_answer" (no statement, or one that is not signed by
/// the remembered key: `statement` is absent), "malformed", "wrong_device", "wrong_nonce", "wrong_boot", "old_counter",
/// "other_state" (the heartbeat that carries it says otherwise).
[[nodiscard]] std::optional<std::string_view> liveness_fault(const LivenessExpectation& expected,
                                                             const v1::Heartbeat& beat,
                                                             const std::optional<v1::Liveness>& statement);

/// liveness_key_fault: "key_changed" or "no_key" where a kiosk comes with another key than the remembered one; nothing
/// where none is remembered yet.
[[nodiscard]] std::optional<std::string_view> liveness_key_fault(ByteView remembered, ByteView presented);

}  // namespace kw::device
