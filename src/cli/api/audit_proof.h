#pragma once
// AuditProof is the platform's answer about one entry of the ledger; check_inclusion and check_signature recompute it
// here, without trusting the platform (RFC 9162 section 2.1.3).
//
// They show that the leaf stands in the tree of the checkpoint. What the leaf holds is checked by `verify ledger`.
#include <boost/json/value.hpp>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"

namespace kw::cli {

struct AuditProof {
  std::uint64_t index = 0;
  ledger::Hash leaf{};
  ledger::Proof path;
  ledger::Checkpoint checkpoint;
  Bytes signature, key_id;
};

/// parse_proof takes the API's AuditProof: Errc::malformed, Errc::too_large for a path above ledger::kMaxProof.
Result<AuditProof> parse_proof(const boost::json::value& answer);
/// check_inclusion: Errc::untrusted or malformed unless the path leads from the leaf at `index` to the checkpoint's
/// root.
Result<> check_inclusion(const AuditProof& proof, std::uint64_t index);
/// check_signature: Errc::bad_signature unless `key` signed the checkpoint. The payload is built again from the answer,
/// which holds all of it; a later version of the payload would be refused here.
Result<> check_signature(const AuditProof& proof, const crypto::Sm2PublicKey& key);

}  // namespace kw::cli
