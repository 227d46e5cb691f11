#pragma once
// LivenessKey is the guard's own key: with it the guard answers the platform's challenge in every heartbeat.
//
// The link process never has it. Whoever stole the link's keys, or runs it without its guard, cannot make an answer.
// Stored sealed to the hardware in the guard's part of the state directory; the platform learns the public half at
// admission and remembers it.
#include "agent/identity/state_directory.h"
#include "base/id.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/sm2.h"
#include "kioskward/v1/common.pb.h"
#include "kioskward/v1/device.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class LivenessKey {
 public:
  /// open reads the stored key, or makes and stores one. A key that does not open is Errc::untrusted (other hardware).
  static Result<LivenessKey> open(const StateDirectory& state, const SecretBytes& seal, Random& random);

  [[nodiscard]] Bytes public_key() const { return key_.public_key().spki(); }
  [[nodiscard]] bool fresh() const noexcept { return fresh_; }  // made by this open()
  /// answer signs the statement over the nonce; version and counter are filled in.
  Result<v1::Signed> answer(v1::Liveness statement, Duration boot_time);

 private:
  LivenessKey(crypto::Sm2PrivateKey key, bool fresh) : key_(std::move(key)), fresh_(fresh) {}
  crypto::Sm2PrivateKey key_;
  bool fresh_;
  std::uint64_t counter_ = 0;
};

}  // namespace kw::agent
