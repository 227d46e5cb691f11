#include "drill/hold_clipboard.h"

#include <poll.h>
#include <xcb/xcb.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace kw::drill {
namespace {

struct FreeReply {
  void operator()(void* reply) const { std::free(reply); }
};
template <class T>
using Reply = std::unique_ptr<T, FreeReply>;
using Server = std::unique_ptr<xcb_connection_t, decltype(&xcb_disconnect)>;

xcb_atom_t atom(xcb_connection_t* server, const std::string& name) {
  const Reply<xcb_intern_atom_reply_t> reply(xcb_intern_atom_reply(
      server, xcb_intern_atom(server, 0, static_cast<std::uint16_t>(name.size()), name.c_str()), nullptr));
  return reply ? reply->atom : XCB_NONE;
}

struct Atoms {
  xcb_atom_t clipboard, targets, utf8;
};

void serve(xcb_connection_t* server, const Atoms& atoms, const xcb_selection_request_event_t& asked,
           const std::string& text) {
  auto property = asked.property == XCB_NONE ? asked.target : asked.property;
  if (asked.target == atoms.targets) {
    const std::array<xcb_atom_t, 3> offered{atoms.targets, atoms.utf8, XCB_ATOM_STRING};
    xcb_change_property(server, XCB_PROP_MODE_REPLACE, asked.requestor, property, XCB_ATOM_ATOM, 32, offered.size(),
                        offered.data());
  } else if (asked.target == atoms.utf8 || asked.target == XCB_ATOM_STRING) {
    xcb_change_property(server, XCB_PROP_MODE_REPLACE, asked.requestor, property, asked.target, 8,
                        static_cast<std::uint32_t>(text.size()), text.data());
  } else {
    property = XCB_NONE;
  }
  std::array<char, 32> packet{};  // each event is so long
  auto* answer = reinterpret_cast<xcb_selection_notify_event_t*>(packet.data());
  answer->response_type = XCB_SELECTION_NOTIFY;
  answer->time = asked.time;
  answer->requestor = asked.requestor;
  answer->selection = asked.selection;
  answer->target = asked.target;
  answer->property = property;
  xcb_send_event(server, 0, asked.requestor, XCB_EVENT_MASK_NO_EVENT, packet.data());
  xcb_flush(server);
}

}  // namespace

Result<> hold_clipboard(const std::string& display, const std::string& text, int life,
                        const std::function<void()>& held) {
  int number = 0;
  const Server server(xcb_connect(display.c_str(), &number), &xcb_disconnect);
  if (xcb_connection_has_error(server.get()) != 0) return fail(Errc::unavailable, "no screen");
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(server.get()));
  for (; number > 0 && screens.rem > 1; --number) xcb_screen_next(&screens);
  const auto window = xcb_generate_id(server.get());
  xcb_create_window(server.get(), XCB_COPY_FROM_PARENT, window, screens.data->root, 0, 0, 1, 1, 0,
                    XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, 0, nullptr);
  const Atoms atoms{atom(server.get(), "CLIPBOARD"), atom(server.get(), "TARGETS"), atom(server.get(), "UTF8_STRING")};
  xcb_set_selection_owner(server.get(), window, atoms.clipboard, XCB_CURRENT_TIME);
  const Reply<xcb_get_selection_owner_reply_t> owner(
      xcb_get_selection_owner_reply(server.get(), xcb_get_selection_owner(server.get(), atoms.clipboard), nullptr));
  if (!owner || owner->owner != window) return fail(Errc::conflict, "the clipboard was not given");
  held();
  for (;;) {
    const Reply<xcb_generic_event_t> event(xcb_poll_for_event(server.get()));
    if (!event) {
      if (xcb_connection_has_error(server.get()) != 0) return fail(Errc::unavailable, "the screen has gone");
      pollfd ready[] = {{xcb_get_file_descriptor(server.get()), POLLIN, 0}, {life, POLLIN, 0}};
      if (::poll(ready, 2, -1) > 0 && ready[1].revents != 0) return fail(Errc::closed, "nobody needs it any more");
      continue;
    }
    const auto type = event->response_type & 0x7f;
    if (type == XCB_SELECTION_CLEAR) return {};
    if (type == XCB_SELECTION_REQUEST)
      serve(server.get(), atoms, *reinterpret_cast<xcb_selection_request_event_t*>(event.get()), text);
  }
}

}  // namespace kw::drill
