#pragma once
// ClipboardChildStarter starts the program kioskward-clipboard, which gives up root by itself.
//
// The child becomes the user of the kiosk's screen, or nobody where none is named; where this process cannot change
// users it stays who it is, without capabilities. Not thread-safe.
#include "platform/linux/children.h"

namespace kw::platform {

/// The kiosk's screen, as the agent's environment and configuration name it.
struct ScreenAccess {
  std::string display, cookie;  // DISPLAY and XAUTHORITY; no display: none
  std::string user;             // who may use it; empty: nobody
};

class ClipboardChildStarter final : public device::HelperStarter {
 public:
  /// `program` is the path; empty: beside this process's own.
  explicit ClipboardChildStarter(ScreenAccess screen, std::string program = {})
      : screen_(std::move(screen)), program_(std::move(program)) {}
  Result<std::unique_ptr<device::HelperProcess>> start() override;
  void tidy() override { children_.tidy(); }

 private:
  ScreenAccess screen_;
  std::string program_;
  HelperChildren children_;
};

}  // namespace kw::platform
