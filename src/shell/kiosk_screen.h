#pragma once
// KioskScreen holds an X screen for one program: black beneath everything, and hot keys that reach nobody.
//
//   KW_TRY(auto screen, KioskScreen::open());                    // the screen that DISPLAY names
//   KW_TRY(const auto free, screen->grab({{"Alt+F4", key}}));    // names of those that somebody else has
//   ... screen->descriptor() is readable: KW_CHECK(screen->work([](const std::string& name) { ... }));
//
// Keys are grabbed on the root window, under every state of the locks. What the X server does by itself (another
// console, its own end) comes before any grab: take_server_keys() takes these out of the keyboard's map by
// setxkbmap(1), option srvrkeys:none, and server_keys() reads the map back. Not thread-safe. Errors: unavailable
// without a screen, closed where the server has gone. Source: X11 protocol, GrabKey; XKB protocol, section 6
// (SwitchScreen).
#include <xcb/xcb.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/sections/hot_key.h"

namespace kw::shell {

struct NamedHotKey {
  std::string name;
  policy::HotKey key;
};

class KioskScreen {
 public:
  static Result<std::unique_ptr<KioskScreen>> open();
  ~KioskScreen();
  KioskScreen(const KioskScreen&) = delete;
  KioskScreen& operator=(const KioskScreen&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return xcb_get_file_descriptor(server_); }
  /// grab takes the place of what was grabbed before. A key that the keyboard does not have is held by nobody.
  Result<std::vector<std::string>> grab(const std::vector<NamedHotKey>& keys);
  /// server_keys is true where the keyboard's map has keys that the server acts on by itself.
  Result<bool> server_keys();
  /// take_server_keys waits for setxkbmap, at most kMapPatience.
  Result<> take_server_keys(const std::vector<std::string>& environment);
  static constexpr int kMapPatience = 5000;  // milliseconds
  Result<> work(const std::function<void(const std::string&)>& pressed);
  /// more: work() has more to do though the descriptor is not readable.
  [[nodiscard]] bool more() const noexcept { return more_; }
  /// keyboard_changed is true once after a keyboard came, or its map was changed: keys are to be grabbed anew.
  [[nodiscard]] bool keyboard_changed() { return std::exchange(keyboard_changed_, false); }

 private:
  KioskScreen(xcb_connection_t* server, xcb_screen_t* screen) : server_(server), screen_(screen) {}
  void cover();
  struct Keyboard {
    xcb_keycode_t first = 0;
    int each = 0;  // keysyms of a key
    std::vector<xcb_keysym_t> symbols;
  };
  Result<Keyboard> keyboard();
  Result<> healthy();

  xcb_connection_t* server_;
  xcb_screen_t* screen_;
  xcb_window_t window_ = XCB_NONE;
  std::map<std::pair<xcb_keycode_t, std::uint16_t>, std::string> grabbed_;  // key, modifiers
  bool keyboard_changed_ = false, more_ = false;
};

}  // namespace kw::shell
