// links: vault
#include "vault/rotation.h"
#include "vault/row_set.h"
#include "vault/test_keys.h"
#include "vault/wrap.h"

/// Whatever a field, a wrapped key, a cursor or a row set says it is: what reads back is what was there, and nothing
/// opens that was not sealed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  const kw::ByteView in(data, size);
  static const DataKey key = key_of(KeyUse::column, "t/c", {key_id(1), 1});
  const CellPlace place{{"tenant", "t", kw::bytes_of("1"), 1}, "c"};
  if (const auto header = field_header(in)) {
    kw::Writer again;
    header->write(again);
    if (!kw::equal(again.view(), in.first(kHeader))) __builtin_trap();
  }
  if (open_field(key, place, in)) __builtin_trap();
  if (const auto under = wrapped_under(in); under && size < kHeader + kSalt) __builtin_trap();
  if (const auto cursor = parse_cursor(in); cursor && !kw::equal(cursor->octets(), in)) __builtin_trap();
  if (const auto set = RowSet::parse(in); set && !kw::equal(set->octets(), in)) __builtin_trap();
  return 0;
}
