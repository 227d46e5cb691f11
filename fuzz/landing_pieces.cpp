// links: landing privacy
// Octets in pieces, by every sieve: the same hits as in one piece, and numbers masked as free text has them hidden.
#include <algorithm>
#include <cstdlib>

#include "landing/guard.h"
#include "privacy/mask.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::landing;
  if (size < 2) return 0;
  const kw::ByteView octets(data + 2, size - 2);
  Scanner plain;
  plain.put(octets);
  const auto whole = plain.finish()->hits;
  for (const auto& sieve : sieves()) {
    Scanner scan(nullptr, sieve);
    for (size_t at = 0, i = 0; at < octets.size(); ++i) {
      const auto piece = std::min<size_t>(octets.size() - at, 1 + data[i % 2]);
      scan.put(octets.subspan(at, piece)), at += piece;
    }
    if (scan.finish()->hits != whole) std::abort();
  }
  if (std::ranges::count(whole, HitKind::marking, &Hit::kind) > 0 || whole.size() == Scanner::kMostHits) return 0;
  if (kw::text_of(masked_copy(octets, whole)) != kw::privacy::hide_identifiers(kw::text_of(octets))) std::abort();
  return 0;
}
