#include "vault/blind_index.h"

#include "vault/place.h"

namespace kw::vault {
namespace {

constexpr std::string_view kIndexWord = "kwv1:index";

bool fits_index(const IndexPlace& place) {
  const Byte key[1] = {0};
  return CellPlace{{place.tenant, place.table, key, 0}, place.column}.fits() && place.bits >= kLeastIndexBits &&
         place.bits <= kMostIndexBits;
}

}  // namespace

Result<Bytes> blind_index(const DataKey& key, const IndexPlace& place, std::string_view value) {
  if (!fits_index(place)) return fail(Errc::invalid, "place of a blind index");
  if (!key.serves(KeyUse::blind_index, column_scope(place.table, place.column)))
    return fail(Errc::wrong_usage, "key of another column's index");
  KW_TRY(const auto normal, normal_form(place.type, value));
  Writer column(128);
  column.raw(bytes_of(kIndexWord));
  column.vec8(bytes_of(place.tenant)).vec8(bytes_of(place.table)).vec8(bytes_of(place.column));
  auto mac = key.hmac().mac({column.view(), normal.reveal()});
  const auto size = (place.bits + 7) / 8;
  if (place.bits % 8 != 0) mac[size - 1] &= static_cast<Byte>(0xff << (8 - place.bits % 8));
  Writer out(4 + size);
  out.u32(key.label().ref.version).raw(ByteView(mac).first(size));
  wipe(mac);
  return std::move(out).take();
}

Result<std::vector<Bytes>> search_terms(const KeyRing& ring, const KeyPurpose& purpose, const IndexPlace& place,
                                        std::string_view value) {
  std::vector<Bytes> out;
  for (const auto* key : ring.readable(purpose)) {
    KW_TRY(auto index, blind_index(*key, place, value));
    out.push_back(std::move(index));
  }
  if (out.empty()) return fail(Errc::not_found, "no key of the index");
  return out;
}

Result<std::uint32_t> index_version(ByteView index) {
  Reader in(index);
  return in.u32();
}

}  // namespace kw::vault
