#pragma once
// SelectionReading asks the owner of one X selection for its text, form after form, and has each judged.
//
// One reading at a time: begin() drops the one before, whose late answers arrive at properties that nobody waits for.
// An owner may lie, as every program on an X screen may; what is cleared unread cannot. Not thread-safe.
#include <xcb/xcb.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/secret.h"
#include "device/egress/clipboard.h"

namespace kw::clipboard {

using Judge = std::function<device::ClipboardReading(ByteView)>;

struct FreeReply {
  void operator()(void* what) const { std::free(what); }
};
template <typename T>
using Reply = std::unique_ptr<T, FreeReply>;

struct SelectionAtoms {
  std::array<xcb_atom_t, device::kSelections> selections{};
  xcb_atom_t targets = XCB_NONE, incr = XCB_NONE;
  std::vector<xcb_atom_t> texts;     // forms that hold text, the plainest first
  std::vector<xcb_atom_t> pictures;  // forms that name what cannot be read
  static constexpr std::size_t kProperties = 4;
  std::array<std::array<xcb_atom_t, kProperties>, device::kSelections> properties{};
};
[[nodiscard]] Result<SelectionAtoms> intern_atoms(xcb_connection_t* server);

class SelectionReading {
 public:
  SelectionReading(xcb_connection_t* server, xcb_window_t window, const SelectionAtoms& atoms, device::Selection which)
      : server_(server), window_(window), atoms_(atoms), which_(which) {}

  [[nodiscard]] device::Selection which() const noexcept { return which_; }
  [[nodiscard]] xcb_atom_t selection() const { return atoms_.selections.at(static_cast<std::size_t>(which_)); }
  /// owner and time of the content that is judged; no window: nobody's.
  void owned_by(xcb_window_t owner, xcb_timestamp_t since);
  [[nodiscard]] xcb_window_t owner() const noexcept { return owner_; }
  [[nodiscard]] xcb_timestamp_t since() const noexcept { return since_; }

  void begin(Duration give_up);
  void give_up(std::string why);
  [[nodiscard]] std::optional<Duration> deadline() const;
  // Both ask `judge` where a form is whole.
  void answered(const xcb_selection_notify_event_t& event, const Judge& judge);
  void changed(const xcb_property_notify_event_t& event, const Judge& judge);
  /// taken gives the verdict once there is one.
  [[nodiscard]] std::optional<device::ClipboardReading> taken() { return std::exchange(done_, std::nullopt); }

 private:
  struct Part {
    xcb_atom_t type = XCB_NONE;
    bool whole = true;
    SecretBytes octets;
  };
  void ask(xcb_atom_t form);
  void ask_next();
  std::optional<Part> take_property(std::size_t most);
  void forms_came(const Part& list);
  void form_whole(const Judge& judge);
  void finish();

  xcb_connection_t* server_;
  xcb_window_t window_;
  const SelectionAtoms& atoms_;
  device::Selection which_;
  xcb_window_t owner_ = XCB_NONE;
  xcb_timestamp_t since_ = XCB_CURRENT_TIME;
  bool active_ = false, parts_ = false, any_text_ = false;
  Duration give_up_{0};
  xcb_atom_t form_ = XCB_NONE, property_ = XCB_NONE;
  std::size_t next_property_ = 0, octets_ = 0;
  std::vector<xcb_atom_t> wanted_;  // forms to come, the next one last
  std::vector<SecretBytes> content_;
  device::ClipboardReading so_far_;
  std::optional<device::ClipboardReading> done_;
};

}  // namespace kw::clipboard
