#include "server/vault/vault_terms.h"

#include <algorithm>

#include "privacy/mask.h"
#include "server/vault/vault_refusal.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostReference = 64;

bool is_reference_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_reference(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMostReference && std::ranges::all_of(text, is_reference_letter) &&
         privacy::hide_identifiers(text) == text;
}

Result<ReadTerms> read_terms(std::string_view purpose, std::string_view consent) {
  const auto known = masking::purpose_of(purpose);
  if (!known) return vault_refusal(Errc::invalid, "purpose_forbidden", "no such purpose");
  if (!is_reference(consent)) return vault_refusal(Errc::invalid, "consent_required", "1 to 64 of A-Z a-z 0-9 . _ -");
  return ReadTerms{*known};
}

Result<masking::Place> read_place(std::string_view word) {
  const auto known = masking::place_of(word);
  if (!known) return vault_refusal(Errc::invalid, "purpose_forbidden", "no such place");
  return *known;
}

}  // namespace kw::server
