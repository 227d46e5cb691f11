#include "policy/sections/hot_key.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace kw::policy {
namespace {

struct NamedKey {
  std::string_view name;
  std::array<std::uint32_t, 2> keysyms;  // the second 0 where there is one
};

constexpr std::array<NamedKey, 21> kNamedKeys{{
    {"super", {0xffeb, 0xffec}}, {"menu", {0xff67, 0}},      {"tab", {0xff09, 0}},   {"escape", {0xff1b, 0}},
    {"del", {0xffff, 0}},        {"backspace", {0xff08, 0}}, {"print", {0xff61, 0}}, {"space", {0x20, 0}},
    {"return", {0xff0d, 0}},     {"insert", {0xff63, 0}},    {"home", {0xff50, 0}},  {"end", {0xff57, 0}},
    {"pageup", {0xff55, 0}},     {"pagedown", {0xff56, 0}},  {"left", {0xff51, 0}},  {"up", {0xff52, 0}},
    {"right", {0xff53, 0}},      {"down", {0xff54, 0}},      {"pause", {0xff13, 0}}, {"plus", {0x2b, 0}},
    {"minus", {0x2d, 0}},
}};
constexpr std::uint32_t kF1 = 0xffbe;

constexpr auto kUsualHotKeys = std::to_array<std::string_view>({
    // out of the program, or another one
    "Alt+F4",
    "Ctrl+F4",
    "Ctrl+W",
    "Ctrl+Q",
    "Ctrl+Shift+W",
    "Ctrl+Shift+Q",
    "Alt+Tab",
    "Alt+Shift+Tab",
    "Alt+Escape",
    "Ctrl+Escape",
    "Super",
    "Menu",
    "Alt+Space",
    "Alt+F1",
    "Alt+F2",
    "Ctrl+Alt+Del",
    "Ctrl+Alt+Backspace",
    "Ctrl+Alt+T",
    "Ctrl+Alt+F1",
    "Ctrl+Alt+F2",
    "Ctrl+Alt+F3",
    "Ctrl+Alt+F4",
    "Ctrl+Alt+F5",
    "Ctrl+Alt+F6",
    "Ctrl+Alt+F7",
    "Ctrl+Alt+F8",
    "Ctrl+Alt+F9",
    "Ctrl+Alt+F10",
    "Ctrl+Alt+F11",
    "Ctrl+Alt+F12",
    // another window, another page
    "Ctrl+N",
    "Ctrl+Shift+N",
    "Ctrl+T",
    "Ctrl+Shift+T",
    "Ctrl+L",
    "Alt+D",
    "F6",
    "Alt+Home",
    "F1",
    "F10",
    "F11",
    // dialogs
    "Print",
    "Ctrl+P",
    "Ctrl+Shift+P",
    "Ctrl+O",
    "Ctrl+S",
    "Ctrl+F",
    "Ctrl+H",
    "Ctrl+J",
    "Ctrl+D",
    "Ctrl+Shift+Del",
    "Ctrl+Shift+B",
    "Ctrl+Shift+O",
    "Alt+F",
    "Alt+E",
    // into the program
    "F12",
    "Ctrl+U",
    "Ctrl+Shift+I",
    "Ctrl+Shift+J",
    "Ctrl+Shift+C",
    "Shift+Escape",
    "F7",
});

std::vector<std::uint32_t> keysyms_of(std::string_view name) {
  if (name.size() == 1 && ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= '0' && name[0] <= '9')))
    return {static_cast<std::uint32_t>(name[0])};
  if (name.size() >= 2 && name.size() <= 3 && name[0] == 'f' && name[1] != '0' &&
      std::ranges::all_of(name.substr(1), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto number =
        static_cast<std::uint32_t>(name.size() == 2 ? name[1] - '0' : 10 * (name[1] - '0') + name[2] - '0');
    return number <= 24 ? std::vector{kF1 + number - 1} : std::vector<std::uint32_t>();
  }
  const auto at = std::ranges::find(kNamedKeys, name, &NamedKey::name);
  if (at == kNamedKeys.end()) return {};
  return at->keysyms[1] == 0 ? std::vector{at->keysyms[0]} : std::vector{at->keysyms[0], at->keysyms[1]};
}

}  // namespace

Result<HotKey> parse_hot_key(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.empty() || text.size() > kLongest) return fail(Errc::invalid, "no key");
  const auto whole = lower(text);
  HotKey out;
  std::string_view rest = whole;
  for (auto plus = rest.find('+'); plus != std::string_view::npos; plus = rest.find('+')) {
    const auto word = rest.substr(0, plus);
    rest.remove_prefix(plus + 1);
    bool* const modifier = word == "ctrl"    ? &out.ctrl
                           : word == "alt"   ? &out.alt
                           : word == "shift" ? &out.shift
                           : word == "super" ? &out.super
                                             : nullptr;
    if (modifier == nullptr || std::exchange(*modifier, true)) return fail(Errc::invalid, "no such modifier, or twice");
  }
  out.keysyms = keysyms_of(rest);
  if (out.keysyms.empty()) return fail(Errc::invalid, "no such key");
  return out;
}

std::span<const std::string_view> usual_hot_keys() { return kUsualHotKeys; }

}  // namespace kw::policy
