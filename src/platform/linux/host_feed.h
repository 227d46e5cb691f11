#pragma once
// HostFeed hears what the kernel tells of processes (process connector) and of failed logins (audit), as HostNews.
//
// Both speak in the machine's first network namespace only; the sockets are made there. A process that begins to run a
// program, or changes its user, is looked at at once, on the feed's thread. A receive queue that was full is told.
// Needs CAP_NET_ADMIN, CAP_AUDIT_READ; CAP_SYS_ADMIN where the agent lives in another network namespace.
#include "device/host/ports.h"
#include "platform/linux/sensor_thread.h"

namespace kw::platform {

class HostFeed {
 public:
  struct Options {
    int receive_buffer = 4 << 20;  // octets: about 8,000 messages
  };
  HostFeed() = default;
  explicit HostFeed(Options options) : options_(options) {}
  /// start: `sink` is called on threads of the feed's own.
  device::HostSources start(const device::HostPort::Sink& sink);
  void stop();

 private:
  Result<> start_processes(const device::HostPort::Sink& sink);
  Result<> start_audit(const device::HostPort::Sink& sink);
  Options options_;
  SensorThread processes_, audit_;
};

}  // namespace kw::platform
