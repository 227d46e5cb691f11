#pragma once
// blind_index is a truncated HMAC-SM3 of a value's normal form: equal values of one column have equal indexes, so a
// database finds them without knowing them.
//
//   octets key version (u32) | the first bits of HMAC-SM3(key, "kwv1:index" | vec8 tenant | vec8 table | vec8 column |
//          normal form), the rest of the last octet zero
//
// Queries ask for all of search_terms, and open what they get: with few bits other values share an index, which is what
// hides how often one occurs. What it tells to whoever sees the column: docs/design/vault.md. PURE; any thread.
#include "vault/field_type.h"
#include "vault/key_ring.h"

namespace kw::vault {

inline constexpr unsigned kLeastIndexBits = 8, kMostIndexBits = 128, kIndexBits = 64;

/// The column that is searched, and how.
struct IndexPlace {
  std::string_view tenant, table, column;
  FieldType type = FieldType::text;
  unsigned bits = kIndexBits;
};

/// blind_index: Errc::wrong_usage for a key that is not of the column's index; invalid for a value without a normal
/// form or a place that does not fit.
Result<Bytes> blind_index(const DataKey& key, const IndexPlace& place, std::string_view value);
/// search_terms has the value's index under every version that may open, so that rows are found before, during and
/// after a rotation: Errc::not_found where there is no version.
Result<std::vector<Bytes>> search_terms(const KeyRing& ring, const KeyPurpose& purpose, const IndexPlace& place,
                                        std::string_view value);
/// index_version says under which version an index was made: Errc::truncated.
Result<std::uint32_t> index_version(ByteView index);

}  // namespace kw::vault
