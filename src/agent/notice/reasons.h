#pragma once
// reason_of words why the network was cut, for the people before the kiosk's screen. PURE and thread-safe.
#include <string_view>

namespace kw::agent {

struct Reason {
  std::string_view zh, en;
};

/// `cause` is an event type; one without words of its own is the security policy's.
[[nodiscard]] Reason reason_of(std::string_view cause);

}  // namespace kw::agent
