#include "server/vault/vault_terms.h"

#include <algorithm>
#include <array>

#include "privacy/mask.h"
#include "server/vault/vault_refusal.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostReference = 64;
constexpr std::array<std::pair<std::string_view, masking::Purpose>, 5> kPurposes{
    {{"entry", masking::Purpose::entry},
     {"certificate", masking::Purpose::certificate},
     {"listing", masking::Purpose::listing},
     {"support", masking::Purpose::support},
     {"exporting", masking::Purpose::exporting}}};
constexpr std::array<std::pair<std::string_view, masking::Place>, 5> kPlaces{
    {{"entry_screen", masking::Place::entry_screen},
     {"list_screen", masking::Place::list_screen},
     {"printer", masking::Place::printer},
     {"file", masking::Place::file},
     {"log", masking::Place::log}}};

bool is_reference_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_reference(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMostReference && std::ranges::all_of(text, is_reference_letter) &&
         privacy::hide_identifiers(text) == text;
}

Result<ReadTerms> read_terms(std::string_view purpose, std::string_view consent) {
  const auto* at = std::ranges::find(kPurposes, purpose, &std::pair<std::string_view, masking::Purpose>::first);
  if (at == kPurposes.end()) return vault_refusal(Errc::invalid, "purpose_forbidden", "no such purpose");
  if (!is_reference(consent)) return vault_refusal(Errc::invalid, "consent_required", "1 to 64 of A-Z a-z 0-9 . _ -");
  return ReadTerms{at->second};
}

Result<masking::Place> read_place(std::string_view word) {
  const auto* at = std::ranges::find(kPlaces, word, &std::pair<std::string_view, masking::Place>::first);
  if (at == kPlaces.end()) return vault_refusal(Errc::invalid, "purpose_forbidden", "no such place");
  return at->second;
}

}  // namespace kw::server
