#pragma once
// ServiceManager tells systemd how this service does, by hand over its socket: READY=1, WATCHDOG=1, STOPPING=1.
//
// Nothing is sent where no service manager asks (NOTIFY_SOCKET). Not thread-safe.
#include <string>
#include <string_view>

#include "platform/linux/unique_fd.h"

namespace kw::platform {

class ServiceManager {
 public:
  /// Reads NOTIFY_SOCKET and removes it, so that no child speaks in this service's name.
  ServiceManager();
  /// For tests: a socket's path; '@' stands for the abstract name space's zero octet.
  explicit ServiceManager(std::string_view path) { open(path); }
  void tell(std::string_view state);

 private:
  void open(std::string_view path);
  UniqueFd socket_;
};

}  // namespace kw::platform
