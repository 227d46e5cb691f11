#include "vault/row_mac.h"

#include <algorithm>
#include <limits>

namespace kw::vault {
namespace {

constexpr std::string_view kRowWord = "kwv1:row";

Result<std::vector<const Column*>> in_order(std::span<const Column> columns) {
  if (columns.size() >= kMostColumns) return fail(Errc::invalid, "columns of a row: too many");
  std::vector<const Column*> out;
  out.reserve(columns.size());
  for (const auto& column : columns) {
    if (column.name.empty() || column.name.size() > kMostPlaceWord) return fail(Errc::invalid, "name of a column");
    if (column.value && column.value->size() > std::numeric_limits<std::uint32_t>::max())
      return fail(Errc::too_large, "column of a row");
    out.push_back(&column);
  }
  std::ranges::sort(out, {}, [](const Column* column) { return column->name; });
  const auto twice = std::ranges::adjacent_find(out, {}, [](const Column* column) { return column->name; });
  if (twice != out.end()) return fail(Errc::invalid, "a column is named twice");
  return out;
}

Result<Bytes> row_seal(const DataKey& key, const RowPlace& place, std::span<const Column> columns) {
  if (!place.fits()) return fail(Errc::invalid, "place of a row");
  KW_TRY(const auto ordered, in_order(columns));
  Writer header(kRowSeal);
  FormHeader{Form::row_seal, 0, key.label().ref}.write(header);
  Writer row(256);
  place.write(row);
  row.u16(static_cast<std::uint16_t>(ordered.size()));
  for (const auto* column : ordered) {
    row.vec8(bytes_of(column->name)).u8(column->value ? 1 : 0);
    if (column->value) row.vec32(*column->value);
  }
  const auto mac = key.hmac().mac({bytes_of(kRowWord), header.view(), row.view()});
  header.raw(mac);
  return std::move(header).take();
}

}  // namespace

Result<Bytes> seal_row(const DataKey& key, const RowPlace& place, std::span<const Column> columns) {
  if (!key.serves(KeyUse::row_mac, place.table)) return fail(Errc::wrong_usage, "key of another table's rows");
  return row_seal(key, place, columns);
}

Result<> check_row(const KeyRing& ring, const RowPlace& place, std::span<const Column> columns, ByteView seal) {
  Reader in(seal);
  const auto header = read_header(in, Form::row_seal);
  if (!header || in.left() != 32) return fail(Errc::corrupt, "seal of a row");
  const auto key = ring.opening(header->key);
  if (!key || !(*key)->serves(KeyUse::row_mac, place.table)) return fail(Errc::corrupt, "seal of a row");
  const auto again = row_seal(**key, place, columns);
  if (!again || !crypto::equal_secret(*again, seal)) return fail(Errc::corrupt, "a row is not what was sealed");
  return {};
}

}  // namespace kw::vault
