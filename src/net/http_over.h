#pragma once
// http_over asks an HTTP/1.1 server one thing over a connection that is there: plain, TLS or TLCP.
//
// One exchange a connection ("Connection: close"); redirects are not followed; everything that comes is bounded.
#include "net/byte_stream.h"
#include "net/http_client.h"

namespace kw::net {

/// http_over returns whatever answer came, of any status; names of headers in lower case. `host` is the Host header.
/// The call's own Content-Type header counts. Errc::malformed, truncated, too_large, timeout, closed.
asio::awaitable<Result<Response>> http_over(ByteStream& stream, std::string host, HttpCall call, Deadline deadline);

}  // namespace kw::net
