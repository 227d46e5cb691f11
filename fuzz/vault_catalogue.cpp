// links: vault
#include "vault/catalogue.h"

/// A matter without problems keeps the rules that everything behind it relies on.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  static const CatalogueWords words{{"operator", "audit", "security"}, {"name", "id-number", "hidden"}};
  const auto text = kw::text_of({data, size});
  const auto reading = read_matter("residence-permit.toml", text, words);
  for (const auto& problem : reading.problems)
    if (problem.why.empty() || problem.file.empty()) __builtin_trap();
  if (!reading.problems.empty()) return 0;
  for (const auto& field : reading.matter.fields) {
    if (field.stored && !reading.matter.may_store(field.data_class)) __builtin_trap();
    if (field.stored != (field.protection != Protection::none) || field.stored != (field.retention_days > 0))
      __builtin_trap();
    if (field.data_class == DataClass::personal && field.mask.empty()) __builtin_trap();
    if (field.searchable && possible_values(field.type, field.choices.size()).value_or(0) < kLeastSearchable)
      __builtin_trap();
    if (reading.matter.find(field.name) != &field) __builtin_trap();
  }
  return 0;
}
