#pragma once
// Item is one control item of GB/T 22239 or GB/T 39786: proven by requirements of DB4403/T 503.7, by a record of its
// own, or by both; parse_items reads a file of them (catalogue/compliance/22239, 39786).
//
// An item without level2 (or level3) is not asked at that level. The record becomes a Requirement of one check, so that
// evaluate() judges it. PURE; thread-safe.
#include "compliance/verdict.h"

namespace kw::compliance {

struct Item {
  std::string id;              // "MLPS-8.1.4.8-b"
  std::string level2, level3;  // clause, or modality ("shall") where the standard counts that way; empty: not asked
  Words title;
  std::vector<std::string> proven_by;   // ids of requirements
  std::optional<Requirement> attested;  // its own record
};

struct ItemFile {
  std::string standard;  // "GB/T 22239-2019"
  Words control_class;
  std::vector<Item> items;
};

[[nodiscard]] Result<ItemFile> parse_items(std::string_view toml, std::string_view file = "items.toml");

/// status_of combines the statuses of what an item rests on: all met, met (attested where any is); one not met, not
/// met; else one unknown, unknown; else partly. What does not apply is left out; all of it: the item does not apply.
[[nodiscard]] Status status_of(std::span<const Status> parts) noexcept;

}  // namespace kw::compliance
