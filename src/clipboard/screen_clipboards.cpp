#include "clipboard/screen_clipboards.h"

#include <xcb/screensaver.h>
#include <xcb/xfixes.h>

#include <algorithm>
#include <cstring>

namespace kw::clipboard {

using device::Selection;

namespace {

constexpr int kEventsAtOnce = 512;  // events of one call: a storm lets the guard's questions in between

xcb_screen_t* screen_number(xcb_connection_t* server, int number) {
  for (auto at = xcb_setup_roots_iterator(xcb_get_setup(server)); at.rem > 0; xcb_screen_next(&at), --number)
    if (number == 0) return at.data;
  return nullptr;
}

}  // namespace

ScreenClipboards::ScreenClipboards(xcb_connection_t* server, xcb_screen_t* screen, Judge judge)
    : server_(server), screen_(screen), judge_(std::move(judge)) {}

ScreenClipboards::~ScreenClipboards() { xcb_disconnect(server_); }

Result<std::unique_ptr<ScreenClipboards>> ScreenClipboards::open(Judge judge) {
  int number = 0;
  auto* server = xcb_connect(nullptr, &number);
  const int problem = xcb_connection_has_error(server);
  auto* screen = problem != 0 ? nullptr : screen_number(server, number);
  if (screen == nullptr) {
    xcb_disconnect(server);
    return fail(Errc::unavailable, "no display");
  }
  std::unique_ptr<ScreenClipboards> out(new ScreenClipboards(server, screen, std::move(judge)));
  KW_CHECK(out->prepare());
  return out;
}

Result<> ScreenClipboards::prepare() {
  KW_TRY(atoms_, intern_atoms(server_));
  const auto* fixes = xcb_get_extension_data(server_, &xcb_xfixes_id);
  if (fixes == nullptr || fixes->present == 0) return fail(Errc::unsupported, "the X server has no XFIXES");
  xfixes_ = fixes->first_event;
  const Reply<xcb_xfixes_query_version_reply_t> version{
      xcb_xfixes_query_version_reply(server_, xcb_xfixes_query_version(server_, 5, 0), nullptr)};
  if (!version) return fail(Errc::unsupported, "the X server has no XFIXES");
  const auto* saver = xcb_get_extension_data(server_, &xcb_screensaver_id);
  tells_idle_ = saver != nullptr && saver->present != 0;
  window_ = xcb_generate_id(server_);
  const std::array<std::uint32_t, 2> values{1, XCB_EVENT_MASK_PROPERTY_CHANGE};
  xcb_create_window(server_, XCB_COPY_FROM_PARENT, window_, screen_->root, -1, -1, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
                    XCB_COPY_FROM_PARENT, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values.data());
  for (std::size_t i = 0; i < device::kSelections; ++i) {
    readings_.emplace_back(server_, window_, atoms_, static_cast<Selection>(i));
    const auto asked = xcb_xfixes_select_selection_input_checked(
        server_, window_, atoms_.selections.at(i),
        XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER |
            XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY |
            XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE);
    if (const Reply<xcb_generic_error_t> refused{xcb_request_check(server_, asked)})
      return fail(Errc::unsupported, "the X server does not tell of selections");
  }
  return healthy();
}

int ScreenClipboards::descriptor() const noexcept { return xcb_get_file_descriptor(server_); }

Result<> ScreenClipboards::healthy() {
  xcb_flush(server_);
  if (xcb_connection_has_error(server_) != 0) return fail(Errc::closed, "the X server has gone");
  return {};
}

Result<> ScreenClipboards::find_owners(Listener& listener) {
  for (auto& one : readings_) {
    const Reply<xcb_get_selection_owner_reply_t> now{
        xcb_get_selection_owner_reply(server_, xcb_get_selection_owner(server_, one.selection()), nullptr)};
    if (!now) return fail(Errc::closed, "the X server has gone");
    one.owned_by(now->owner, XCB_CURRENT_TIME);
    if (now->owner != XCB_NONE) listener.owned(one.which());
  }
  return {};
}

std::optional<Duration> ScreenClipboards::next() const {
  std::optional<Duration> out;
  if (more_) return Duration{0};
  for (const auto& one : readings_)
    if (const auto at = one.deadline()) out = out ? std::min(*out, *at) : *at;
  return out;
}

Result<> ScreenClipboards::work(Duration now, Listener& listener) {
  more_ = true;
  for (int i = 0; more_ && i < kEventsAtOnce; ++i) {
    const Reply<xcb_generic_event_t> event{xcb_poll_for_event(server_)};
    more_ = event != nullptr;
    if (event) heed(*event, listener);
  }
  for (auto& one : readings_) {
    if (const auto at = one.deadline(); at && now >= *at) one.give_up("owner is silent");
    finish(one, listener);
  }
  return healthy();
}

void ScreenClipboards::finish(SelectionReading& one, Listener& listener) {
  if (const auto reading = one.taken()) listener.read_done(one.which(), *reading);
}

void ScreenClipboards::heed(const xcb_generic_event_t& event, Listener& listener) {
  const auto kind = event.response_type & 0x7f;
  if (kind == XCB_SELECTION_REQUEST) return refuse(reinterpret_cast<const xcb_selection_request_event_t&>(event));
  if (kind == XCB_SELECTION_NOTIFY) {
    for (auto& one : readings_)
      one.answered(reinterpret_cast<const xcb_selection_notify_event_t&>(event), judge_);
    return;
  }
  if (kind == XCB_PROPERTY_NOTIFY) {
    for (auto& one : readings_) one.changed(reinterpret_cast<const xcb_property_notify_event_t&>(event), judge_);
    return;
  }
  // Sent by a client it would be a lie: only the server knows.
  if (event.response_type != xfixes_ + XCB_XFIXES_SELECTION_NOTIFY) return;
  const auto& change = reinterpret_cast<const xcb_xfixes_selection_notify_event_t&>(event);
  for (auto& one : readings_) {
    if (one.selection() != change.selection) continue;
    finish(one, listener);  // what was found of the content before
    one.owned_by(change.owner, change.selection_timestamp);
    if (change.owner == XCB_NONE || change.owner == window_ ||
        change.subtype != XCB_XFIXES_SELECTION_EVENT_SET_SELECTION_OWNER)
      listener.emptied(one.which());
    else
      listener.owned(one.which());
  }
}

/// Whoever pastes gets nothing, at once.
void ScreenClipboards::refuse(const xcb_selection_request_event_t& request) {
  xcb_selection_notify_event_t answer{};
  answer.response_type = XCB_SELECTION_NOTIFY;
  answer.time = request.time;
  answer.requestor = request.requestor;
  answer.selection = request.selection;
  answer.target = request.target;
  answer.property = XCB_NONE;
  std::array<char, 32> whole{};  // what the protocol sends of an event
  std::memcpy(whole.data(), &answer, sizeof answer);
  xcb_send_event(server_, 0, request.requestor, XCB_EVENT_MASK_NO_EVENT, whole.data());
}

void ScreenClipboards::read(Selection selection, Duration now) {
  readings_.at(static_cast<std::size_t>(selection)).begin(now + kPatience);
  xcb_flush(server_);
}

Result<bool> ScreenClipboards::clear(Selection selection) {
  auto& one = readings_.at(static_cast<std::size_t>(selection));
  // The time of what was judged: the server ignores this where somebody has put newer content there, which is judged
  // for itself.
  xcb_set_selection_owner(server_, window_, one.selection(), one.since());
  const Reply<xcb_get_selection_owner_reply_t> now{
      xcb_get_selection_owner_reply(server_, xcb_get_selection_owner(server_, one.selection()), nullptr)};
  if (!now) return fail(Errc::closed, "the X server has gone");
  return now->owner == window_ || now->owner != one.owner();
}

Duration ScreenClipboards::idle() {
  const Reply<xcb_screensaver_query_info_reply_t> told{
      tells_idle_ ? xcb_screensaver_query_info_reply(server_, xcb_screensaver_query_info(server_, screen_->root), nullptr)
                  : nullptr};
  return told ? Duration(std::chrono::milliseconds(told->ms_since_user_input)) : Duration::max();
}

}  // namespace kw::clipboard
