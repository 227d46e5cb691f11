#pragma once
// ShellChildStarter starts the program kioskward-shell, which gives up root by itself.
//
// User and display are policy's, or those of the agent's configuration. Not thread-safe.
#include "device/shell/ports.h"
#include "platform/linux/clipboard_child.h"

namespace kw::platform {

class ShellChildStarter final : public device::ShellStarter {
 public:
  /// `program` is the path; empty: beside this process's own.
  explicit ShellChildStarter(ScreenAccess screen, std::string program = {})
      : screen_(std::move(screen)), program_(std::move(program)) {}
  Result<std::unique_ptr<device::HelperProcess>> start(const std::string& user, const std::string& display) override;
  void tidy() override { children_.tidy(); }

 private:
  ScreenAccess screen_;
  std::string program_;
  HelperChildren children_;
};

}  // namespace kw::platform
