// links: vault
#include "vault/field_type.h"

/// The normal form of a normal form is itself, so that no value is found under one spelling alone.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  const auto text = kw::text_of({data, size});
  for (std::uint8_t i = 1; i <= static_cast<std::uint8_t>(FieldType::file); ++i) {
    const auto type = static_cast<FieldType>(i);
    if (type_of(name(type)) != type) __builtin_trap();
    const auto normal = normal_form(type, text);
    if (!normal) continue;
    if (normal->empty() || normal->size() > kMostNormalForm) __builtin_trap();
    const auto again = normal_form(type, kw::text_of(normal->reveal()));
    if (!again || !kw::equal(again->reveal(), normal->reveal())) __builtin_trap();
  }
  return 0;
}
