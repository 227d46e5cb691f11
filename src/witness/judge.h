#pragma once
// judge applies the witness rule to an offered head and keeps what a refusal has to carry. PURE and thread-safe.
#include "witness/refusal.h"

namespace kw::witness {

/// What a witness has seen, with the ledger's signature where it was kept.
struct Seen {
  std::optional<ledger::Checkpoint> head;
  std::optional<v1::Signed> object;
};

struct Judged {
  std::optional<ledger::Checkpoint> follows;  // the head to store before anything is said about it
  std::optional<Refusal> refusal;             // otherwise; who says it and when is left to who signs it
  std::uint64_t offered_size = 0;             // as claimed
};

/// judge: `proof` absent where what came is none. `origin` binds the first meeting; may be empty.
[[nodiscard]] Judged judge(const Seen& seen, const v1::Signed& offered, const Result<ledger::Proof>& proof,
                           const crypto::Sm2PublicKey& ledger_key, std::string_view origin = {});

}  // namespace kw::witness
