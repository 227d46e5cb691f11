#include "masking/masks.h"

#include <algorithm>

#include "masking/code_points.h"
#include "masking/text_value.h"
#include "masking/value.h"

namespace kw::masking {

Result<Masks> Masks::admit(Catalogue catalogue, std::vector<Profile> profiles) {
  KW_TRY(auto report, examine(catalogue, profiles));
  if (!report.good()) return fail(Errc::invalid, report.refusals.front().text());
  return Masks(std::move(catalogue), std::move(profiles), std::move(report));
}

std::string Masks::show(std::string_view role, std::string_view kind_name, std::string_view value) const {
  const auto* kind = catalogue_.kind(kind_name);
  const std::string stars(kind == nullptr ? FieldKind{}.stars : kind->stars, '*');
  const auto profile = std::ranges::find(profiles_, role, &Profile::role);
  if (kind == nullptr || profile == profiles_.end()) return stars;
  const auto mask = profile->masks.find(kind_name);
  const auto read = mask == profile->masks.end() ? std::nullopt : read_value(*kind, value, catalogue_.words);
  if (!read) return stars;
  const std::u32string_view text = read->text;
  if (read->shape == nullptr) {
    const auto pieces = text_pieces(kind->text, mask->second.step, text, catalogue_.words);
    return pieces ? utf8_of(pieces->before) + stars + utf8_of(pieces->after) : stars;
  }
  const auto first = mask->second.first, last = mask->second.last;
  if (first + last >= text.size()) return stars;  // accepted by a reason, and still no whole value: that is a reveal
  return utf8_of(text.substr(0, first)) + stars + utf8_of(text.substr(text.size() - last));
}

}  // namespace kw::masking
