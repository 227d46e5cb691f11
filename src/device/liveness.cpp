#include "device/liveness.h"

#include "crypto/sm3.h"

namespace kw::device {

std::optional<std::string_view> liveness_fault(const LivenessExpectation& expected, const v1::Heartbeat& beat,
                                               const std::optional<v1::Liveness>& statement) {
  if (!statement) return "no_answer";
  if (statement->version() != 1) return "malformed";
  if (!equal(bytes_of(statement->device_id()), expected.device.bytes())) return "wrong_device";
  if (expected.nonce.empty() || !crypto::equal_secret(bytes_of(statement->nonce()), expected.nonce))
    return "wrong_nonce";
  if (statement->boot_id() != expected.boot_id) return "wrong_boot";
  if (statement->counter() <= expected.counter) return "old_counter";
  if (statement->state() != beat.state() || statement->policy_revision() != beat.policy_revision() ||
      statement->policy_digest() != beat.policy_digest())
    return "other_state";
  return std::nullopt;
}

std::optional<std::string_view> liveness_key_fault(ByteView remembered, ByteView presented) {
  if (remembered.empty() || equal(remembered, presented)) return std::nullopt;
  return presented.empty() ? "no_key" : "key_changed";
}

}  // namespace kw::device
