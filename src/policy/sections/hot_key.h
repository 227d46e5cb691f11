#pragma once
// parse_hot_key reads a key combination as policy names it: "Alt+F4", "Ctrl+Shift+I", "Super", "F11".
//
// Modifiers (Ctrl, Alt, Shift, Super, in any order) and one key, joined by "+"; case does not matter,
// "Ctrl+Alt+F1..F12" is written out key by key. A key without modifiers stands for itself under whatever modifiers.
// PURE and thread-safe. Source of the numbers: X11 keysyms (X Window System Protocol, appendix A).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kw::policy {

struct HotKey {
  bool ctrl = false, alt = false, shift = false, super = false;
  std::vector<std::uint32_t> keysyms;  // one; both sides' for Super
  [[nodiscard]] bool plain() const noexcept { return !ctrl && !alt && !shift && !super; }
};

/// Errc::invalid: no such key, or a modifier twice.
[[nodiscard]] Result<HotKey> parse_hot_key(std::string_view text);
/// usual_hot_keys are swallowed where policy names none: what leaves the program, opens a dialog, or looks into it.
[[nodiscard]] std::span<const std::string_view> usual_hot_keys();

}  // namespace kw::policy
