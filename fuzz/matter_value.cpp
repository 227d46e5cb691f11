// links: matters
#include "base/utf8.h"
#include "matters/value_check.h"

/// A value that is let through is bounded UTF-8, and of its type; the refusal never has the value in it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::vault;
  if (size < 1) return 0;
  DataField field;
  field.name = "f";
  field.choices = {"入学", "落户"};
  field.type = static_cast<FieldType>(1 + data[0] % static_cast<unsigned>(FieldType::file));
  const auto text = kw::text_of({data + 1, size - 1});
  const auto checked = kw::matters::check_value(field, text);
  if (!checked) return 0;
  if (text.empty() || text.size() > kw::matters::kMostValueText || !kw::is_utf8(text)) __builtin_trap();
  if (field.type == FieldType::choice && text != "入学" && text != "落户") __builtin_trap();
  if (field.type == FieldType::image || field.type == FieldType::file) __builtin_trap();
  return 0;
}
