#pragma once
// seal_field and open_field are one value of one cell, encrypted: SM4-GCM under a key of its own.
//
//   octets header (form field) | salt (16) | SM4-GCM(padded value)     at least 90, at most kMostSealedField
//
// Associated data: header, salt, and the cell: tenant, table, primary key, row version, column. A ciphertext that was
// swapped with another, copied to another row, or is of an older version of its row does not open. Never compressed.
// Opening: Errc::decrypt_failed, whatever the cause. PURE; any thread. Why: ADR 100.
#include "base/random.h"
#include "vault/key_ring.h"
#include "vault/place.h"

namespace kw::vault {

inline constexpr std::size_t kMostField = 64 * 1024;
inline constexpr std::size_t kMostSealedField = kHeader + kSalt + kMostField + 32 + 16;

/// seal_field: Errc::wrong_usage for a key of another purpose, too_large, invalid for a place that does not fit.
Result<Bytes> seal_field(const DataKey& key, const CellPlace& place, Grade grade, ByteView plain, Random& random);
Result<SecretBytes> open_field(const DataKey& key, const CellPlace& place, ByteView sealed);
/// open_field with a ring takes the version that the header names.
Result<SecretBytes> open_field(const KeyRing& ring, const CellPlace& place, ByteView sealed);
/// field_header tells grade and key without any key; errors as of read_header. Nothing of it is authenticated.
Result<FormHeader> field_header(ByteView sealed);

}  // namespace kw::vault
