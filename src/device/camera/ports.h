#pragma once
// CameraProcess is the guard's view of the camera process that it started; CameraStarter starts one.
//
// What is said over the socket is camera_boundary.proto: the guard's setup first, then frames, video, pictures, trouble.
#include <memory>

#include "base/result.h"

namespace kw::device {

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

}  // namespace kw::device
