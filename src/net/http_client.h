#pragma once
// http_exchange asks an HTTP/1.1 server one thing over a connection of its own; HttpCall is what it asks.
//
//   net::HttpCall call("GET", "/api/v1/health");
//   net::Target server("127.0.0.1", 8661);
//   KW_CO_TRY(auto answer, co_await net::http_exchange(std::move(server), std::move(call), net::in(10s)));
//
// Plain TCP without TLS (ADR 4); redirects are not followed. Everything that the server sends is bounded.
#include "net/http_types.h"
#include "net/tlcp_stream.h"

namespace kw::net {

/// It has a constructor because GCC 12 destroys temporaries of an aggregate twice when they stand in a co_await
/// expression.
struct HttpCall {
  HttpCall(std::string with_method, std::string of_target)
      : method(std::move(with_method)), target(std::move(of_target)) {}

  std::string method;  // upper case
  std::string target;  // path and query, percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                      // JSON where not empty
  std::uint64_t max_answer = 16U << 20;  // octets of the answer's body
};

/// authority is the value of the Host header: "127.0.0.1:8661", "[::1]:8661".
[[nodiscard]] std::string authority(const Target& server);

/// http_exchange returns whatever answer came, of any status; its header names are in lower case. The call's body is
/// wiped before it returns, for it may hold a password. Errors are those of connect_tcp; Errc::malformed for an answer
/// that is no HTTP, truncated for one that ended early, too_large above 16 KiB of header or call.max_answer, timeout.
asio::awaitable<Result<Response>> http_exchange(Target server, HttpCall call, Deadline deadline);

}  // namespace kw::net
