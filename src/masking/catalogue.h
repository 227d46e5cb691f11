#pragma once
// Catalogue is what catalogue/masks/ says about kinds of personal values: their shapes, what may be shown of them, and
// which of them stand inside others.
//
//   KW_TRY(const auto catalogue, parse_catalogue(fields_toml, regions_txt));
//   catalogue.kind("id_card")->shapes
//
// Unknown keys are errors. PURE; const use from any thread.
#include <set>

#include "masking/candidates.h"

namespace kw::masking {

enum class TextForm : std::uint8_t { none, name, address, email, ip };

/// One step of what a text may show. Steps stand from little to much, and each contains those before it.
struct ShowRule {
  std::string name;
  Count leaves = 0;
  std::string because;  // what `leaves` is counted by
};

struct FieldKind {
  std::string name;
  bool personal = true;
  Count least = 1'000'000;  // candidates that a mask has to leave
  std::size_t stars = 4;    // as many for every value: their count tells no length
  bool capitals = false;
  std::u32string drop;
  std::vector<std::string> prefixes;
  std::vector<Shape> shapes;  // none where it is a text
  TextForm text = TextForm::none;
  std::vector<ShowRule> shows;
};

/// `width` places of a part, from `from`, are those of the whole from `at`. Of a text: who sees this step knows them.
struct Inside {
  std::size_t whole = 0, part = 0;  // places in Catalogue::kinds
  std::size_t shape = 0;            // of the whole; of the part it is the first
  std::size_t step = 0;             // of a text, from 1; 0 where the part has shapes
  std::size_t at = 0, from = 0, width = 0;
};

struct TextWords {
  std::set<std::u32string> surnames;  // of two characters
  std::vector<std::u32string> provinces;
  std::set<std::string> providers;  // domains that tell nothing of who has an address there
};

struct Catalogue {
  std::vector<FieldKind> kinds;
  std::vector<Inside> inside;
  Model model;
  TextWords words;
  /// Null where there is no such kind.
  [[nodiscard]] const FieldKind* kind(std::string_view name) const noexcept;
};

inline constexpr std::size_t kMostCatalogue = 256 * 1024;
/// parse_catalogue: Errc::malformed for what is no TOML, Errc::invalid with the key's name or the line of regions,
/// Errc::too_large.
Result<Catalogue> parse_catalogue(std::string_view fields_toml, std::string_view regions);

}  // namespace kw::masking
