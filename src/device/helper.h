#pragma once
// HelperProcess is the guard's view of an unprivileged process that it started; HelperStarter starts one.
//
// What is said over the socket is the helper's own: camera_boundary.proto for the camera's, egress/clipboard.h for the
// clipboards'.
#include <memory>

#include "base/result.h"

namespace kw::device {

class HelperProcess {
 public:
  /// Ends the process, and waits for nothing.
  virtual ~HelperProcess() = default;
  /// socket is the channel to it: packets, non-blocking; its end tells the process's.
  [[nodiscard]] virtual int socket() const = 0;
};

class HelperStarter {
 public:
  virtual ~HelperStarter() = default;
  /// start never waits. Errc::unavailable: there is nothing here for it to do; not_found, not_permitted, io.
  virtual Result<std::unique_ptr<HelperProcess>> start() = 0;
  /// tidy takes leave of processes that have ended.
  virtual void tidy() {}
};

}  // namespace kw::device
