#pragma once
// ScreenClipboards are the clipboards of one X screen: who owns them, what lies in them, and taking them away.
//
//   KW_TRY(auto screen, ScreenClipboards::open(judge));       // the screen that DISPLAY names
//   ... screen->descriptor() is readable, or now >= *screen->next(): KW_CHECK(screen->work(now, listener))
//   screen->read(selection, now);                             // answered by listener.read_done
//   KW_TRY(const bool gone, screen->clear(selection));        // empty, and ours
//
// A content is asked for in the forms that hold text (plain, HTML, RTF, names of files), one after the other, at most
// device::kMostClipboard octets together, for at most kPatience; each form goes to `judge` and is wiped. Not
// thread-safe. Errors: unavailable without a screen, closed where the server has gone. Source: ICCCM 2.0, section 2;
// XFIXES 5.0, section 4; MIT-SCREEN-SAVER 1.1.
#include <memory>

#include "clipboard/selection_reading.h"

namespace kw::clipboard {

class ScreenClipboards {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(3);
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void owned(device::Selection selection) = 0;
    virtual void emptied(device::Selection selection) = 0;
    virtual void read_done(device::Selection selection, const device::ClipboardReading& reading) = 0;
  };
  static Result<std::unique_ptr<ScreenClipboards>> open(Judge judge);
  ~ScreenClipboards();
  ScreenClipboards(const ScreenClipboards&) = delete;
  ScreenClipboards& operator=(const ScreenClipboards&) = delete;

  [[nodiscard]] int descriptor() const noexcept;
  /// find_owners tells the listener who has something already.
  Result<> find_owners(Listener& listener);
  Result<> work(Duration now, Listener& listener);
  /// next is when work() has something to do though the descriptor is not readable.
  [[nodiscard]] std::optional<Duration> next() const;
  void read(device::Selection selection, Duration now);
  /// clear takes the clipboard and reads back that it is ours; also good where somebody else took it from the one whose
  /// content was judged. False: it is still there.
  Result<bool> clear(device::Selection selection);
  /// idle is how long nobody touched keyboard, pointer or screen; the longest time where the server does not tell.
  [[nodiscard]] Duration idle();

 private:
  ScreenClipboards(xcb_connection_t* server, xcb_screen_t* screen, Judge judge);
  Result<> prepare();
  void heed(const xcb_generic_event_t& event, Listener& listener);
  void refuse(const xcb_selection_request_event_t& request);
  void finish(SelectionReading& one, Listener& listener);
  Result<> healthy();

  xcb_connection_t* server_;
  xcb_screen_t* screen_;
  xcb_window_t window_ = XCB_NONE;
  std::uint8_t xfixes_ = 0;  // its first event
  bool tells_idle_ = false, more_ = false;
  SelectionAtoms atoms_;
  Judge judge_;
  std::vector<SelectionReading> readings_;  // one a selection
};

}  // namespace kw::clipboard
