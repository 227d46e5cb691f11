#include "shell/kiosk_screen.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>

#include "platform/linux/os_error.h"
#include "platform/linux/spawn.h"

namespace kw::shell {
namespace {

constexpr int kShellEventsAtOnce = 512;
constexpr std::uint16_t kModifiers = XCB_MOD_MASK_SHIFT | XCB_MOD_MASK_CONTROL | XCB_MOD_MASK_1 | XCB_MOD_MASK_4;
// Caps Lock, Num Lock, and what stands for Scroll Lock
constexpr std::array<std::uint16_t, 8> kLocks = {
    0,
    XCB_MOD_MASK_LOCK,
    XCB_MOD_MASK_2,
    XCB_MOD_MASK_3,
    XCB_MOD_MASK_LOCK | XCB_MOD_MASK_2,
    XCB_MOD_MASK_LOCK | XCB_MOD_MASK_3,
    XCB_MOD_MASK_2 | XCB_MOD_MASK_3,
    XCB_MOD_MASK_LOCK | XCB_MOD_MASK_2 | XCB_MOD_MASK_3,
};
constexpr xcb_keysym_t kSwitchFirst = 0x1008FE01, kSwitchLast = 0x1008FE0C, kUngrab = 0x1008FE20,
                       kClearGrab = 0x1008FE21, kTerminate = 0xFED5;

struct FreeReply {
  void operator()(void* what) const { std::free(what); }
};
template <class T>
using ShellReply = std::unique_ptr<T, FreeReply>;

xcb_screen_t* nth_screen(xcb_connection_t* server, int number) {
  for (auto at = xcb_setup_roots_iterator(xcb_get_setup(server)); at.rem > 0; xcb_screen_next(&at), --number)
    if (number == 0) return at.data;
  return nullptr;
}

std::uint16_t mask_of(const policy::HotKey& key) {
  return static_cast<std::uint16_t>((key.shift ? XCB_MOD_MASK_SHIFT : 0) | (key.ctrl ? XCB_MOD_MASK_CONTROL : 0) |
                                    (key.alt ? XCB_MOD_MASK_1 : 0) | (key.super ? XCB_MOD_MASK_4 : 0));
}

}  // namespace

KioskScreen::~KioskScreen() { xcb_disconnect(server_); }

Result<std::unique_ptr<KioskScreen>> KioskScreen::open() {
  int number = 0;
  auto* server = xcb_connect(nullptr, &number);
  const int problem = xcb_connection_has_error(server);
  auto* screen = problem != 0 ? nullptr : nth_screen(server, number);
  if (screen == nullptr) {
    xcb_disconnect(server);
    return fail(Errc::unavailable, "no display");
  }
  std::unique_ptr<KioskScreen> out(new KioskScreen(server, screen));
  out->cover();
  KW_CHECK(out->healthy());
  return out;
}

void KioskScreen::cover() {
  const std::array<std::uint32_t, 2> root{screen_->black_pixel, XCB_EVENT_MASK_STRUCTURE_NOTIFY};
  xcb_change_window_attributes(server_, screen_->root, XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, root.data());
  xcb_clear_area(server_, 0, screen_->root, 0, 0, 0, 0);
  window_ = xcb_generate_id(server_);
  const std::array<std::uint32_t, 2> own{screen_->black_pixel, 1};
  xcb_create_window(server_, XCB_COPY_FROM_PARENT, window_, screen_->root, 0, 0, screen_->width_in_pixels,
                    screen_->height_in_pixels, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen_->root_visual,
                    XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, own.data());
  const std::uint32_t below = XCB_STACK_MODE_BELOW;
  xcb_configure_window(server_, window_, XCB_CONFIG_WINDOW_STACK_MODE, &below);
  xcb_map_window(server_, window_);
}

Result<> KioskScreen::healthy() {
  xcb_flush(server_);
  if (xcb_connection_has_error(server_) != 0) return fail(Errc::closed, "the X server has gone");
  return {};
}

Result<KioskScreen::Keyboard> KioskScreen::keyboard() {
  const auto* setup = xcb_get_setup(server_);
  const auto count = static_cast<std::uint8_t>(setup->max_keycode - setup->min_keycode + 1);
  const ShellReply<xcb_get_keyboard_mapping_reply_t> reply{
      xcb_get_keyboard_mapping_reply(server_, xcb_get_keyboard_mapping(server_, setup->min_keycode, count), nullptr)};
  if (!reply) return fail(Errc::closed, "the X server has gone");
  const auto* symbols = xcb_get_keyboard_mapping_keysyms(reply.get());
  Keyboard out{setup->min_keycode, reply->keysyms_per_keycode, {}};
  out.symbols.assign(symbols, symbols + xcb_get_keyboard_mapping_keysyms_length(reply.get()));
  return out;
}

Result<bool> KioskScreen::server_keys() {
  KW_TRY(const auto keys, keyboard());
  return std::ranges::any_of(keys.symbols, [](xcb_keysym_t symbol) {
    return (symbol >= kSwitchFirst && symbol <= kSwitchLast) || symbol == kUngrab || symbol == kClearGrab ||
           symbol == kTerminate;
  });
}

Result<std::vector<std::string>> KioskScreen::grab(const std::vector<NamedHotKey>& keys) {
  KW_TRY(const auto board, keyboard());
  xcb_ungrab_key(server_, XCB_GRAB_ANY, screen_->root, XCB_MOD_MASK_ANY);
  grabbed_.clear();
  std::vector<std::pair<xcb_void_cookie_t, const std::string*>> asked;
  const auto take = [&](xcb_keycode_t code, std::uint16_t modifiers, const std::string& name) {
    asked.emplace_back(
        xcb_grab_key_checked(server_, 0, screen_->root, modifiers, code, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
        &name);
  };
  for (const auto& [name, key] : keys) {
    for (std::size_t i = 0; board.each > 0 && i < board.symbols.size(); ++i) {
      const auto each = static_cast<std::size_t>(board.each);
      // The first two columns are the key's own; what stands further is another group, or the server's action.
      if (i % each > 1 || std::ranges::find(key.keysyms, board.symbols[i]) == key.keysyms.end()) continue;
      const auto code = static_cast<xcb_keycode_t>(board.first + i / each);
      const auto mask = key.plain() ? std::uint16_t{XCB_MOD_MASK_ANY} : mask_of(key);
      if (!grabbed_.try_emplace({code, mask}, name).second) continue;
      if (key.plain())
        take(code, mask, name);
      else
        for (const auto locks : kLocks) take(code, mask | locks, name);
    }
  }
  std::set<std::string> free;
  for (const auto& [cookie, name] : asked)
    if (const ShellReply<xcb_generic_error_t> refused{xcb_request_check(server_, cookie)}) free.insert(*name);
  KW_CHECK(healthy());
  return std::vector<std::string>(free.begin(), free.end());
}

Result<> KioskScreen::take_server_keys(const std::vector<std::string>& environment) {
  const platform::UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return platform::fail_os("open /dev/null");
  platform::SpawnOptions options;
  options.environment.insert(options.environment.end(), environment.begin(), environment.end());
  KW_TRY(const auto pid, platform::spawn({"setxkbmap", "-option", "srvrkeys:none"},
                                         {nothing.get(), nothing.get(), nothing.get()}, options));
  const platform::UniqueFd handle(platform::open_pidfd(pid));
  pollfd ended{handle.get(), POLLIN, 0};
  const bool in_time = handle && ::poll(&ended, 1, kMapPatience) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time || status != 0) return fail(Errc::unavailable, "setxkbmap");
  return {};
}

Result<> KioskScreen::work(const std::function<void(const std::string&)>& pressed) {
  more_ = true;
  for (int i = 0; more_ && i < kShellEventsAtOnce; ++i) {
    const ShellReply<xcb_generic_event_t> event{xcb_poll_for_event(server_)};
    more_ = event != nullptr;
    if (!more_) break;
    switch (event->response_type) {  // with the bit of what a client sent it is nothing that the server said
      case XCB_KEY_PRESS: {
        const auto& key = reinterpret_cast<const xcb_key_press_event_t&>(*event);
        auto at = grabbed_.find({key.detail, key.state & kModifiers});
        if (at == grabbed_.end()) at = grabbed_.find({key.detail, XCB_MOD_MASK_ANY});
        if (at != grabbed_.end()) pressed(at->second);
        break;
      }
      case XCB_MAPPING_NOTIFY:
        keyboard_changed_ = true;
        break;
      case XCB_CONFIGURE_NOTIFY: {
        const auto& changed = reinterpret_cast<const xcb_configure_notify_event_t&>(*event);
        if (changed.window != screen_->root) break;
        const std::array<std::uint32_t, 2> size{changed.width, changed.height};
        xcb_configure_window(server_, window_, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size.data());
        break;
      }
      default:
        break;
    }
  }
  return healthy();
}

}  // namespace kw::shell
