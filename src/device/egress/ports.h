#pragma once
// PositionPort and MountPort are the machine's side of section "egress" beside PlaceWire (wire.h).
#include "device/egress/mounts.h"
#include "device/egress/wire.h"

namespace kw::device {

/// PositionPort reads what a satellite receiver says. One thread; nothing blocks.
class PositionPort {
 public:
  static constexpr std::size_t kMostOctets = 4096;
  virtual ~PositionPort() = default;
  /// take gives what came since the last call, at most kMostOctets; the source is opened at need and again after it
  /// was lost. Errc::not_found, not_permitted, closed, io.
  virtual Result<Bytes> take(const std::string& source) = 0;
  virtual void close() = 0;
};

/// MountPort tells which file systems are mounted where this process sees them.
class MountPort {
 public:
  /// Called on a thread of the port's own, with everything that is mounted, at start and at each change.
  using Sink = std::function<void(Result<std::vector<Mount>>)>;
  virtual ~MountPort() = default;
  virtual Result<> start(Sink sink) = 0;
  virtual void stop() = 0;
  /// removable: the device of a file system can be pulled out (USB, card reader, floppy).
  [[nodiscard]] virtual bool removable(const Mount& mount) const = 0;
  /// unmount takes the uppermost file system at a mount point away, however busy it is, and reads back that it is
  /// gone. Errc::not_found, not_permitted, conflict: it is still there.
  virtual Result<> unmount(const Mount& mount) = 0;
  /// user_of names a process that has something open there, "COMMAND PID"; empty: none is to be seen.
  [[nodiscard]] virtual std::string user_of(const Mount& mount) const = 0;
};

}  // namespace kw::device
