#include "vault/place.h"

namespace kw::vault {
namespace {

bool is_place_word(std::string_view text) { return !text.empty() && text.size() <= kMostPlaceWord; }

}  // namespace

bool RowPlace::fits() const noexcept {
  return is_place_word(tenant) && is_place_word(table) && !primary_key.empty() && primary_key.size() <= kMostPrimaryKey;
}
void RowPlace::write(Writer& out) const {
  out.vec8(bytes_of(tenant)).vec8(bytes_of(table)).vec16(primary_key).u64(row_version);
}

bool CellPlace::fits() const noexcept { return row.fits() && is_place_word(column); }
void CellPlace::write(Writer& out) const {
  row.write(out);
  out.vec8(bytes_of(column));
}

bool FilePlace::fits() const noexcept {
  return is_place_word(tenant) && is_place_word(collection) && is_place_word(file);
}
void FilePlace::write(Writer& out) const { out.vec8(bytes_of(tenant)).vec8(bytes_of(collection)).vec8(bytes_of(file)); }

}  // namespace kw::vault
