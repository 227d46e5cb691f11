#pragma once
// KeyWedge makes texts of the keys that a code scanner types: a scanner that shows itself as a keyboard ("keyboard
// wedge").
//
//   for (event : events) if (auto text = wedge.key(event.code, event.value, event.at)) …     a whole code, on Enter
//
// Keys are Linux's key codes, on the layout of an American keyboard, as scanners are delivered; Shift counts, Caps Lock
// is no key of theirs. A code with any other key in it, one that is longer than kMostCode, or one with a pause in it is
// dropped: a person who types on it makes no code. PURE.
#include <optional>

#include "base/time.h"
#include "device/reader/ports.h"

namespace kw::device {

class KeyWedge {
 public:
  static constexpr Duration kMostPause = std::chrono::milliseconds(300);  // between two keys of a code
  /// key: value 1 is a press, 0 a release, 2 a repeat, which types nothing. `at` is on any one clock.
  std::optional<SecretBytes> key(std::uint16_t code, std::int32_t value, Duration at);

 private:
  void forget();
  SecretBytes text_{kMostCode};
  std::size_t size_ = 0;
  unsigned shifts_ = 0;  // bits: left, right
  bool spoilt_ = false;
  std::optional<Duration> last_;
};

}  // namespace kw::device
