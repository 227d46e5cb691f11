#pragma once
// seal_row and check_row are an HMAC-SM3 over all columns of a row: what somebody changed beside the program shows.
//
//   octets header (form row_seal) | MAC (32)
//
// The MAC covers header, tenant, table, primary key, row version and every column with its name and whether it is null,
// in the order of the names. Deleted and rolled-back rows are RowSet's to find (row_set.h). PURE; any thread.
#include <optional>
#include <span>

#include "vault/key_ring.h"
#include "vault/place.h"

namespace kw::vault {

inline constexpr std::size_t kRowSeal = kHeader + 32;
inline constexpr std::size_t kMostColumns = 1024;

struct Column {
  std::string_view name;
  std::optional<ByteView> value;  // nullopt is NULL
};

/// seal_row: Errc::wrong_usage for a key that is not of the table's rows; invalid for a place that does not fit, a
/// column named twice, without a name, or kMostColumns and more; too_large for a value above 2^32 - 1 octets.
Result<Bytes> seal_row(const DataKey& key, const RowPlace& place, std::span<const Column> columns);
/// check_row: Errc::corrupt where the row is not what was sealed, whatever the cause, a key that is gone among it.
Result<> check_row(const KeyRing& ring, const RowPlace& place, std::span<const Column> columns, ByteView seal);

}  // namespace kw::vault
