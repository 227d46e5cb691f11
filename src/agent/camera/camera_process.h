#pragma once
// CameraProcess is the guard's view of the camera process that it started; CameraStarter starts one.
//
// CameraChild is the real one: the program kioskward-camera beside this one, which gives up root by itself. Tests put a
// fake in its place.
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::agent {

class CameraProcess {
 public:
  /// Ends the process, and waits for nothing.
  virtual ~CameraProcess() = default;
  /// socket is the channel to it: packets, non-blocking; its end tells the process's.
  [[nodiscard]] virtual int socket() const = 0;
};

class CameraStarter {
 public:
  virtual ~CameraStarter() = default;
  virtual Result<std::unique_ptr<CameraProcess>> start() = 0;
  /// tidy takes leave of processes that have ended.
  virtual void tidy() {}
};

class CameraChildStarter final : public CameraStarter {
 public:
  /// The child becomes kioskward-camera, or nobody where the package's user is missing.
  Result<std::unique_ptr<CameraProcess>> start() override;
  void tidy() override;

 private:
  std::shared_ptr<std::vector<pid_t>> dying_ = std::make_shared<std::vector<pid_t>>();
};

}  // namespace kw::agent
