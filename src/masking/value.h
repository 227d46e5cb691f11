#pragma once
// read_value says whether a text is a good value of a kind, and in which of its shapes.
//
// Strict UTF-8; characters that people write into a value (blanks, hyphens) and the country's telephone prefix are left
// out, as the catalogue says. PURE; any thread.
#include <optional>

#include "masking/catalogue.h"

namespace kw::masking {

struct ReadValue {
  std::u32string text;           // without what was left out
  const Shape* shape = nullptr;  // lives as long as the catalogue; null of a text
};

inline constexpr std::size_t kMostValue = 1024;  // octets
[[nodiscard]] std::optional<ReadValue> read_value(const FieldKind& kind, std::string_view value,
                                                  const TextWords& words);

}  // namespace kw::masking
