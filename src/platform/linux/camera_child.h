#pragma once
// CameraChildStarter starts the program kioskward-camera, which gives up root by itself.
//
// The child becomes kioskward-camera, or nobody where the package's user is missing; where this process cannot change
// users it stays who it is, without capabilities. Not thread-safe.
#include "platform/linux/children.h"

namespace kw::platform {

class CameraChildStarter final : public device::HelperStarter {
 public:
  /// `program` is the path; empty: beside this process's own.
  explicit CameraChildStarter(std::string program = {}) : program_(std::move(program)) {}
  Result<std::unique_ptr<device::HelperProcess>> start() override;
  void tidy() override { children_.tidy(); }

 private:
  std::string program_;
  HelperChildren children_;
};

}  // namespace kw::platform
