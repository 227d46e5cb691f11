#include "window/screen_window.h"

#include <cairo-xcb.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "window/painter.h"

namespace kw::window {
namespace {

struct Free {
  void operator()(void* what) const { std::free(what); }
};
constexpr int kStrips = 24;  // a strip is this part of the screen's height

template <typename T>
using Reply = std::unique_ptr<T, Free>;

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* canvas) const { cairo_destroy(canvas); }
};

xcb_screen_t* screen_of(xcb_connection_t* server, int number) {
  for (auto at = xcb_setup_roots_iterator(xcb_get_setup(server)); at.rem > 0; xcb_screen_next(&at), --number)
    if (number == 0) return at.data;
  return nullptr;
}

xcb_visualtype_t* visual_of(xcb_screen_t* screen) {
  for (auto depth = xcb_screen_allowed_depths_iterator(screen); depth.rem > 0; xcb_depth_next(&depth))
    for (auto at = xcb_depth_visuals_iterator(depth.data); at.rem > 0; xcb_visualtype_next(&at))
      if (at.data->visual_id == screen->root_visual) return at.data;
  return nullptr;
}

}  // namespace

ScreenWindow::ScreenWindow(xcb_connection_t* server, xcb_screen_t* screen)
    : server_(server), screen_(screen), width_(screen->width_in_pixels), height_(screen->height_in_pixels) {}

ScreenWindow::~ScreenWindow() { xcb_disconnect(server_); }

Result<std::unique_ptr<ScreenWindow>> ScreenWindow::open() {
  int number = 0;
  auto* server = xcb_connect(nullptr, &number);
  const int problem = xcb_connection_has_error(server);
  auto* screen = problem != 0 ? nullptr : screen_of(server, number);
  auto* visual = screen == nullptr ? nullptr : visual_of(screen);
  if (visual == nullptr) {
    xcb_disconnect(server);
    return fail(Errc::unavailable, "no X screen (" + std::to_string(problem) + "): is DISPLAY right?");
  }
  std::unique_ptr<ScreenWindow> out(new ScreenWindow(server, screen));
  out->visual_ = visual;
  out->create();
  KW_CHECK(out->flush());
  return out;
}

void ScreenWindow::create() {
  window_ = xcb_generate_id(server_);
  // in the order of the mask's bits
  const std::array<std::uint32_t, 3> values{screen_->black_pixel, 1,
                                            XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_VISIBILITY_CHANGE};
  xcb_create_window(server_, XCB_COPY_FROM_PARENT, window_, screen_->root, 0, 0, static_cast<std::uint16_t>(width_),
                    static_cast<std::uint16_t>(height_), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen_->root_visual,
                    XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values.data());
  // A pointer that shows nothing: none stands in the text.
  const xcb_pixmap_t nothing = xcb_generate_id(server_);
  const xcb_cursor_t hidden = xcb_generate_id(server_);
  xcb_create_pixmap(server_, 1, nothing, window_, 1, 1);
  const xcb_gcontext_t pen = xcb_generate_id(server_);
  const std::uint32_t zero = 0;
  xcb_create_gc(server_, pen, nothing, XCB_GC_FOREGROUND, &zero);
  const xcb_rectangle_t all{0, 0, 1, 1};
  xcb_poly_fill_rectangle(server_, nothing, pen, 1, &all);
  xcb_create_cursor(server_, hidden, nothing, nothing, 0, 0, 0, 0, 0, 0, 0, 0);
  xcb_change_window_attributes(server_, window_, XCB_CW_CURSOR, &hidden);
  xcb_free_gc(server_, pen);
  xcb_free_pixmap(server_, nothing);
  xcb_free_cursor(server_, hidden);
  const std::uint32_t size_of_screen = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  xcb_change_window_attributes(server_, screen_->root, XCB_CW_EVENT_MASK, &size_of_screen);
}

int ScreenWindow::descriptor() const noexcept { return xcb_get_file_descriptor(server_); }

Result<> ScreenWindow::flush() {
  // The answer to any question comes after everything before it has been done.
  const Reply<xcb_get_input_focus_reply_t> reply(
      xcb_get_input_focus_reply(server_, xcb_get_input_focus(server_), nullptr));
  if (!reply || xcb_connection_has_error(server_) != 0) return fail(Errc::closed, "the X server has gone");
  return {};
}

void ScreenWindow::raise() {
  const std::uint32_t above = XCB_STACK_MODE_ABOVE;
  xcb_configure_window(server_, window_, XCB_CONFIG_WINDOW_STACK_MODE, &above);
}

void ScreenWindow::hold_input() {
  // Best effort: another program may hold them, and the notice is shown all the same.
  const Reply<xcb_grab_keyboard_reply_t> keyboard(xcb_grab_keyboard_reply(
      server_,
      xcb_grab_keyboard(server_, 1, window_, XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC), nullptr));
  const Reply<xcb_grab_pointer_reply_t> pointer(xcb_grab_pointer_reply(
      server_,
      xcb_grab_pointer(server_, 1, window_, XCB_EVENT_MASK_BUTTON_PRESS, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC,
                       window_, XCB_NONE, XCB_CURRENT_TIME),
      nullptr));
}

int ScreenWindow::drawn_height() const { return strip_ ? std::max(1, height_ / kStrips) : height_; }

Result<> ScreenWindow::show(std::vector<Line> lines) { return show_as(false, std::move(lines)); }
Result<> ScreenWindow::show_strip(std::vector<Line> lines) { return show_as(true, std::move(lines)); }

Result<> ScreenWindow::show_as(bool strip, std::vector<Line> lines) {
  if (shown_ && strip_ != strip) KW_CHECK(hide());
  lines_ = std::move(lines);
  if (!shown_) {
    strip_ = strip;
    const auto height = static_cast<std::uint32_t>(drawn_height());
    xcb_configure_window(server_, window_, XCB_CONFIG_WINDOW_HEIGHT, &height);
    xcb_map_window(server_, window_);
    raise();
    KW_CHECK(flush());
    if (!strip_) hold_input();
    shown_ = true;
  }
  return draw();
}

Result<> ScreenWindow::hide() {
  if (!shown_) return {};
  shown_ = false;
  xcb_ungrab_keyboard(server_, XCB_CURRENT_TIME);
  xcb_ungrab_pointer(server_, XCB_CURRENT_TIME);
  xcb_unmap_window(server_, window_);
  return flush();
}

Result<> ScreenWindow::draw() {
  const std::unique_ptr<cairo_surface_t, Destroy> surface(
      cairo_xcb_surface_create(server_, window_, visual_, width_, drawn_height()));
  const std::unique_ptr<cairo_t, Destroy> canvas(cairo_create(surface.get()));
  // in one go: an eye would see the lines come
  cairo_push_group(canvas.get());
  paint(canvas.get(), width_, drawn_height(), lines_);
  cairo_pop_group_to_source(canvas.get());
  cairo_paint(canvas.get());
  if (const auto status = cairo_status(canvas.get()); status != CAIRO_STATUS_SUCCESS)
    return fail(Errc::io, std::string("draw: ") + cairo_status_to_string(status));
  cairo_surface_flush(surface.get());
  cairo_surface_finish(surface.get());
  return flush();
}

bool ScreenWindow::heed(const xcb_generic_event_t& event) {
  switch (event.response_type & 0x7f) {
    case XCB_EXPOSE:
      return true;
    case XCB_VISIBILITY_NOTIFY:
      if (reinterpret_cast<const xcb_visibility_notify_event_t&>(event).state != XCB_VISIBILITY_UNOBSCURED) raise();
      return false;
    case XCB_CONFIGURE_NOTIFY: {
      const auto& changed = reinterpret_cast<const xcb_configure_notify_event_t&>(event);
      if (changed.window != screen_->root) return false;
      width_ = changed.width;
      height_ = changed.height;
      const std::array<std::uint32_t, 2> size{changed.width, static_cast<std::uint32_t>(drawn_height())};
      xcb_configure_window(server_, window_, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size.data());
      return true;
    }
    default:
      return false;
  }
}

Result<> ScreenWindow::events() {
  for (;;) {
    bool again = false;
    while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(server_)}) again = heed(*event) || again;
    if (!again || !shown_) break;
    KW_CHECK(draw());  // its answer may bring events along that make nothing readable
  }
  xcb_flush(server_);
  if (xcb_connection_has_error(server_) != 0) return fail(Errc::closed, "the X server has gone");
  return {};
}

}  // namespace kw::window
