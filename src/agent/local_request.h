#pragma once
// names_this_host says whether a request to a loopback port was meant for this host: a page of another site that found
// the port by rebinding its name sends its own name. PURE and thread-safe.
#include "net/http_types.h"

namespace kw::agent {

/// The Host header names 127.0.0.1, localhost or [::1], with or without a port, and nothing that merely begins so.
[[nodiscard]] bool names_this_host(const net::Request& request);

}  // namespace kw::agent
