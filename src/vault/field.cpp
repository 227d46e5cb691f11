#include "vault/field.h"

#include "vault/padding.h"

namespace kw::vault {
namespace {

constexpr std::size_t kLeastField = kPadStep + 16;  // padded value and tag

Bytes associated_with(ByteView start, const CellPlace& place) {
  Writer out(start.size() + 128);
  out.raw(start);
  place.write(out);
  return std::move(out).take();
}

bool is_key_of(const DataKey& key, const CellPlace& place) {
  const auto& purpose = key.label().purpose;
  const auto& scope = purpose.scope;
  const auto table = place.row.table;
  // the scope is "table/column"; compared in pieces, for this runs once a field
  return purpose.use == KeyUse::column && scope.size() == table.size() + 1 + place.column.size() &&
         scope.starts_with(table) && scope[table.size()] == '/' && scope.ends_with(place.column);
}

Result<SealedForm> read_field(ByteView sealed) {
  if (sealed.size() > kMostSealedField) return fail(Errc::too_large, "field");
  KW_TRY(const auto form, read_sealed(sealed, Form::field));
  if (form.rest.size() < kLeastField) return fail(Errc::truncated, "field");
  if ((form.rest.size() - 16) % kPadStep != 0) return fail(Errc::malformed, "field");
  return form;
}

}  // namespace

Result<FormHeader> field_header(ByteView sealed) {
  KW_TRY(const auto form, read_field(sealed));
  return form.header;
}

Result<Bytes> seal_field(const DataKey& key, const CellPlace& place, Grade grade, ByteView plain, Random& random) {
  if (plain.size() > kMostField) return fail(Errc::too_large, "field");
  if (!place.fits()) return fail(Errc::invalid, "place of a field");
  if (!is_key_of(key, place)) return fail(Errc::wrong_usage, "key of another column");
  Salt salt;
  random.fill(salt);
  Writer out(kHeader + kSalt + plain.size() + kPadStep + 16);
  FormHeader{Form::field, static_cast<std::uint8_t>(grade), key.label().ref}.write(out);
  out.raw(salt);
  const auto of_message = message_key(key.hmac(), Form::field, salt);
  KW_TRY(const auto sealed, seal_message(of_message, associated_with(out.view(), place), padded(plain).reveal()));
  out.raw(sealed);
  return std::move(out).take();
}

Result<SecretBytes> open_field(const DataKey& key, const CellPlace& place, ByteView sealed) {
  const auto form = read_field(sealed);
  if (!form || form->header.key != key.label().ref || !place.fits() || !is_key_of(key, place))
    return fail(Errc::decrypt_failed);
  const auto of_message = message_key(key.hmac(), Form::field, form->salt);
  KW_TRY(const auto plain, open_message(of_message, associated_with(form->associated, place), form->rest));
  return unpadded(plain);
}

Result<SecretBytes> open_field(const KeyRing& ring, const CellPlace& place, ByteView sealed) {
  const auto header = field_header(sealed);
  if (!header) return fail(Errc::decrypt_failed);
  KW_TRY(const auto* key, ring.opening(header->key));
  return open_field(*key, place, sealed);
}

}  // namespace kw::vault
