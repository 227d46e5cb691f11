#pragma once
// RowPlace, CellPlace and FilePlace say where a sealed value stands; it opens nowhere else.
//
// Texts and keys are borrowed. The row's version rises with every write of the row, so all sealed values of a row are
// sealed anew by each: an older ciphertext of the same cell does not open either. PURE.
#include "base/writer.h"

namespace kw::vault {

inline constexpr std::size_t kMostPlaceWord = 0xff;
inline constexpr std::size_t kMostPrimaryKey = 1024;

struct RowPlace {
  std::string_view tenant, table;
  ByteView primary_key;
  std::uint64_t row_version = 0;
  [[nodiscard]] bool fits() const noexcept;
  void write(Writer& out) const;  // vec8 tenant, vec8 table, vec16 primary key, u64 row version
};

struct CellPlace {
  RowPlace row;
  std::string_view column;
  [[nodiscard]] bool fits() const noexcept;
  void write(Writer& out) const;  // the row's, then vec8 column
};

struct FilePlace {
  std::string_view tenant, collection, file;
  [[nodiscard]] bool fits() const noexcept;
  void write(Writer& out) const;  // vec8 each
};

}  // namespace kw::vault
