#pragma once
// witness decides whether a checkpoint that the platform offers may replace the one that a kiosk has seen.
//
// Every agent applies it at every heartbeat, so the fleet sees whoever rewrites the ledger. PURE.
#include <optional>
#include <span>
#include <string_view>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"

namespace kw::ledger {

/// Why an offered checkpoint was refused; the first that applies, in this order.
enum class WitnessRefusal {
  bad_signature,  // not a checkpoint, or not signed by the ledger's key
  wrong_origin,   // a checkpoint of another log
  shrank,         // fewer entries than were seen
  forked,         // certain: the offered tree itself proves a history other than the seen one
  bad_proof,      // the proof is missing, malformed or does not lead from the seen root to the offered one
};
[[nodiscard]] std::string_view name(WitnessRefusal refusal) noexcept;

/// witness returns the checkpoint to keep from now on. `seen` with size 0, or none, is the first meeting: no proof is
/// needed then. `origin` binds the first meeting where the log's name is known; empty takes the name offered.
/// Once something was seen its origin binds.
[[nodiscard]] tl::expected<Checkpoint, WitnessRefusal> witness(const std::optional<Checkpoint>& seen,
                                                              const v1::Signed& offered, std::span<const Hash> proof,
                                                              const crypto::Sm2PublicKey& key,
                                                              std::string_view origin = {});

}  // namespace kw::ledger
