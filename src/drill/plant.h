#pragma once
// plant carries one new random canary of each kind through a session, as a program of the kiosk's user does, and gives
// back what the search needs: the canaries under the mask.
//
// It happens in a process of its own, which begins a session through the local API where there is one, leaves its
// canaries, ends the session, and is gone when this function returns: no canary was ever whole in this process. One
// that holds the clipboard becomes this process's child (which is a subreaper). Needs root, and gives it up for the
// user's part. For a process of one thread.
#include <sys/types.h>

#include <vector>

#include "base/random.h"
#include "device/drill/needles.h"
#include "kioskward/v1/drill.pb.h"
#include "platform/linux/unique_fd.h"

namespace kw::drill {

namespace v1 = ::kioskward::v1;

struct Planted {
  struct Canary {
    v1::DrillPlanting told;
    Bytes masked;
  };
  std::vector<Canary> canaries;
  bool session = false;     // it was one of the local API, and has ended
  pid_t clipboard = 0;      // a child of this process that holds the clipboard; 0: none
  platform::UniqueFd life;  // it ends when this is closed
};

/// plant: Errc::unavailable where somebody's session is under way; what could not be planted is in the answer.
Result<Planted> plant(const v1::DrillTask& task, const device::NeedleMask& mask, Random& random);

/// end_clipboard ends the process that holds the clipboard; true: it still had it, so nobody has taken it away.
[[nodiscard]] bool end_clipboard(pid_t holder);

}  // namespace kw::drill
