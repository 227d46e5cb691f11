#include "masking/value.h"

#include <algorithm>

#include "masking/code_points.h"
#include "masking/text_value.h"

namespace kw::masking {
namespace {

const Shape* shape_of(const FieldKind& kind, std::u32string_view text) {
  for (const auto& shape : kind.shapes)
    if (fits(shape, text)) return &shape;
  return nullptr;
}

}  // namespace

std::optional<ReadValue> read_value(const FieldKind& kind, std::string_view value, const TextWords& words) {
  if (value.empty() || value.size() > kMostValue) return std::nullopt;
  auto points = code_points_of(value);
  if (!points) return std::nullopt;
  ReadValue out;
  for (const char32_t c : *points) {
    if (kind.drop.find(c) != std::u32string::npos) continue;
    out.text += kind.capitals && c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
  }
  if (kind.text != TextForm::none) {
    if (!text_pieces(kind.text, 0, out.text, words)) return std::nullopt;
    return out;
  }
  out.shape = shape_of(kind, out.text);
  for (const auto& prefix : kind.prefixes) {
    if (out.shape != nullptr) break;
    const std::u32string start(prefix.begin(), prefix.end());
    if (!out.text.starts_with(start)) continue;
    out.shape = shape_of(kind, std::u32string_view(out.text).substr(start.size()));
    if (out.shape != nullptr) out.text.erase(0, start.size());
  }
  if (out.shape == nullptr) return std::nullopt;
  return out;
}

}  // namespace kw::masking
