#pragma once
// ScreenWindow is one window that covers an X screen, above all others and managed by nobody.
//
//   KW_TRY(auto window, ScreenWindow::open());             // the screen that DISPLAY names
//   window->show(lines);                                   // maps it, draws, returns when the server has it on the screen
//   ... window->descriptor() is readable: window->events() // redraws, follows the screen's size, comes to the top again
//   window->hide();
//
// The keyboard and the pointer are held while it is shown, so that nothing below gets a key. open: unavailable without a
// screen. show, hide, events: closed where the server has gone; call events() after show() and hide() too. One thread at a time. Source: X11 protocol, sections 8 and 10.
#include <xcb/xcb.h>

#include <memory>
#include <vector>

#include "window/notice_view.h"

namespace kw::window {

class ScreenWindow {
 public:
  static Result<std::unique_ptr<ScreenWindow>> open();
  ~ScreenWindow();
  ScreenWindow(const ScreenWindow&) = delete;
  ScreenWindow& operator=(const ScreenWindow&) = delete;

  Result<> show(std::vector<Line> lines);
  /// show_strip covers a strip at the upper edge alone and holds neither keyboard nor pointer: work goes on below.
  Result<> show_strip(std::vector<Line> lines);
  Result<> hide();
  Result<> events();
  [[nodiscard]] int descriptor() const noexcept;

 private:
  ScreenWindow(xcb_connection_t* server, xcb_screen_t* screen);
  void create();
  void hold_input();
  Result<> show_as(bool strip, std::vector<Line> lines);
  [[nodiscard]] int drawn_height() const;
  void raise();
  bool heed(const xcb_generic_event_t& event);  // true: draw again
  Result<> draw();
  Result<> flush();

  xcb_connection_t* server_;
  xcb_screen_t* screen_;
  xcb_visualtype_t* visual_ = nullptr;
  xcb_window_t window_ = XCB_NONE;
  int width_, height_;
  bool shown_ = false, strip_ = false;
  std::vector<Line> lines_;
};

}  // namespace kw::window
