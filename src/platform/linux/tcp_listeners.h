#pragma once
// tcp_listeners asks the kernel for its listening TCP sockets alone (sock_diag(7)): /proc/net/tcp walks the whole table of
// connections besides, which costs milliseconds on an idle machine.
#include "device/system/texts.h"

namespace kw::platform {

/// Those of the calling thread's network namespace, without loopback's, in the form of device::parse_sockets. An error
/// where the kernel has no inet_diag. Any thread.
Result<std::vector<device::ListenerSeen>> tcp_listeners();

}  // namespace kw::platform
