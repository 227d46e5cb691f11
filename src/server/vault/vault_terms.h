#pragma once
// read_terms and read_place take the words in which somebody says what for, by whose consent and where he wants to see.
//
// PURE.
#include "base/result.h"
#include "masking/reveal.h"

namespace kw::server {

struct ReadTerms {
  masking::Purpose purpose = masking::Purpose::listing;
};
/// read_terms: purpose_forbidden for an unknown word, consent_required for a reference that is none.
Result<ReadTerms> read_terms(std::string_view purpose, std::string_view consent);
Result<masking::Place> read_place(std::string_view word);
/// is_reference: 1 to 64 of A-Z a-z 0-9 . _ -, and no number that says who somebody is.
[[nodiscard]] bool is_reference(std::string_view text) noexcept;

}  // namespace kw::server
