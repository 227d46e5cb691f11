#pragma once
// Checkpoint is the signed head of the ledger: how many entries it has, and the root over them.
//
// On the wire it is v1::Signed{kind "checkpoint"} around a serialised v1::Checkpoint; the signature covers the stored
// payload octets (schemas/kioskward/v1/common.proto). PURE and thread-safe.
#include <string>

#include "base/time.h"
#include "crypto/sm2.h"
#include "kioskward/v1/common.pb.h"
#include "ledger/hash.h"

namespace kw::ledger {

namespace v1 = ::kioskward::v1;

inline constexpr std::size_t kMaxOrigin = 255;         // octets
inline constexpr std::size_t kMaxCheckpoint = 512;     // octets of the payload
inline constexpr std::size_t kMaxSignedCheckpoint = 4096;

struct Checkpoint {
  std::string origin;  // name of the log
  std::uint64_t size = 0;
  Hash root{};
  Timestamp time;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

[[nodiscard]] v1::Checkpoint to_wire(const Checkpoint& checkpoint);
/// from_wire: Errc::unsupported for another version; Errc::malformed for an empty or overlong origin, a size above
/// kMaxSize, a root that is not 32 octets, or size 0 with a root other than empty_root().
Result<Checkpoint> from_wire(const v1::Checkpoint& message);

[[nodiscard]] Bytes build_checkpoint(const Checkpoint& checkpoint);
Result<Checkpoint> parse_checkpoint(ByteView payload);

/// sign_checkpoint makes the signed object; errors are those of the signing key.
Result<v1::Signed> sign_checkpoint(const Checkpoint& checkpoint, const crypto::Sm2PrivateKey& key);
/// open_checkpoint: Errc::unsupported for another version, Errc::malformed for another kind or form, and
/// Errc::bad_signature unless one signature over the payload is `key`'s.
Result<Checkpoint> open_checkpoint(const v1::Signed& object, const crypto::Sm2PublicKey& key);

}  // namespace kw::ledger
