#include "masking/profile.h"

#include <algorithm>

#include "masking/toml_file.h"

namespace kw::masking {
namespace {

using config::TomlSection;

Result<> read_role(TomlSection& from, std::string& to) {
  KW_CHECK(from.text("role", to, 32, 1));
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (to.empty() || !std::ranges::all_of(to, good)) return from.wrong("role", "1 to 32 of a-z, 0-9, '_' and '-'");
  return {};
}

Result<> read_reason(TomlSection& from, std::string& to) {
  KW_CHECK(from.text("reason", to, 512, kLeastReason));
  if (from.has("reason") && std::ranges::all_of(to, [](char c) { return c == ' '; }))
    return from.wrong("reason", "blank");
  return {};
}

Result<Mask> read_mask(TomlSection& from, const FieldKind& kind) {
  Mask out;
  KW_CHECK(read_reason(from, out.reason));
  if (kind.text == TextForm::none) {
    KW_CHECK(from.number("first", 0, Shape::kMostSize, out.first));
    KW_CHECK(from.number("last", 0, Shape::kMostSize, out.last));
  } else {
    std::string show;
    KW_CHECK(from.text("show", show, 32));
    const auto rule = std::ranges::find(kind.shows, show, &ShowRule::name);
    if (!show.empty() && rule == kind.shows.end()) return from.wrong("show", "unknown");
    if (!show.empty()) out.step = static_cast<std::size_t>(rule - kind.shows.begin()) + 1;
  }
  KW_CHECK(from.finish());
  return out;
}

Result<> read_with(TomlSection& root, const Catalogue& catalogue, Profile& out) {
  KW_TRY(auto sections, root.sections("with", 64));
  for (auto& section : sections) {
    With one;
    KW_CHECK(read_role(section, one.role));
    KW_CHECK(section.text("kind", one.kind, 32, 1));
    if (catalogue.kind(one.kind) == nullptr) return section.wrong("kind", "unknown");
    KW_CHECK(read_reason(section, one.reason));
    if (one.reason.empty()) return section.wrong("reason", "missing");
    KW_CHECK(section.finish());
    out.with.push_back(std::move(one));
  }
  return {};
}

}  // namespace

Result<Profile> parse_mask_profile(std::string_view text, const Catalogue& catalogue) {
  return read_toml(text, kMostMaskProfile, [&](TomlSection root) -> Result<Profile> {
    Profile out;
    KW_CHECK(read_role(root, out.role));
    KW_TRY(auto masks, root.section("mask"));
    for (const auto& kind : catalogue.kinds) {
      if (!masks.has(kind.name)) continue;
      KW_TRY(auto section, masks.section(kind.name));
      KW_TRY(auto mask, read_mask(section, kind));
      out.masks.emplace(kind.name, std::move(mask));
    }
    KW_CHECK(masks.finish());
    KW_CHECK(read_with(root, catalogue, out));
    KW_CHECK(root.finish());
    return out;
  });
}

Shown shown_places(const Mask& mask, const Shape& shape) {
  Shown out;
  for (std::size_t i = 0; i < shape.size; ++i)
    if (i < mask.first || i + mask.last >= shape.size) out.set(i);
  return out;
}

}  // namespace kw::masking
