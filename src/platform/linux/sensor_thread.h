#pragma once
// SensorThread runs one reader of one descriptor on a thread of its own until it is told to stop.
//
// Used by the sensors of this folder: `run` opens the thread, which polls the descriptor and an eventfd; `stop` wakes
// it and joins. start and stop may be called from any thread but the sensor's own, one at a time.
#include <functional>
#include <memory>
#include <thread>

#include "device/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

/// A Readable owns a descriptor and handles what arrives on it.
class Readable {
 public:
  virtual ~Readable() = default;
  [[nodiscard]] virtual int descriptor() const = 0;
  /// begin is called once on the sensor's thread, before the first wait; it delivers the snapshot.
  virtual void begin() {}
  /// ready is called whenever the descriptor is readable or in error; it must not block.
  virtual void ready() = 0;
};

class SensorThread {
 public:
  SensorThread() = default;
  SensorThread(const SensorThread&) = delete;
  SensorThread& operator=(const SensorThread&) = delete;
  ~SensorThread() { stop(); }

  [[nodiscard]] bool running() const noexcept { return thread_.joinable(); }
  /// start: wrong_state where it runs already; unavailable where no thread could be made.
  Result<> start(std::unique_ptr<Readable> reader);
  void stop();

 private:
  UniqueFd wake_;
  std::unique_ptr<Readable> reader_;
  std::thread thread_;
};

}  // namespace kw::platform
