#include "net/http_client.h"

#include "base/secret.h"
#include "net/beast_client.h"

namespace kw::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Message = http::request<http::string_body>;

asio::awaitable<Result<Response>> exchange(beast::tcp_stream& stream, Message& request, std::uint64_t most,
                                           Deadline deadline) {
  stream.expires_at(deadline);
  auto [unsent, sent] = co_await http::async_write(stream, request, kTuple);
  if (unsent) co_return beast_error(unsent, "send");
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.header_limit(kMaxAnswerHeader);
  parser.body_limit(most);
  if (request.method() == http::verb::head) parser.skip(true);
  auto [unread, got] = co_await http::async_read(stream, buffer, parser, kTuple);
  if (unread) co_return beast_error(unread, "answer");
  co_return beast_answer(parser.release());
}

}  // namespace

std::string authority(const Target& server) {
  const bool v6 = server.host.find(':') != std::string::npos;
  return (v6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

asio::awaitable<Result<Response>> http_exchange(Target server, HttpCall call, Deadline deadline) {
  Message request;
  request.method_string(call.method);
  request.target(call.target);
  for (const auto& [key, value] : call.headers) request.set(key, value);
  request.set(http::field::host, authority(server));
  request.set(http::field::connection, "close");
  const bool writing = call.method != "GET" && call.method != "HEAD";
  if (!call.body.empty()) request.set(http::field::content_type, "application/json");
  if (!call.body.empty() || writing) request.content_length(call.body.size());
  request.body() = std::move(call.body);

  auto socket = co_await connect_tcp(std::move(server), deadline);
  Result<Response> out = fail(Errc::internal);
  if (socket) {
    beast::tcp_stream stream(std::move(*socket));
    out = co_await exchange(stream, request, call.max_answer, deadline);
  } else {
    out = socket.error();
  }
  auto& body = request.body();
  wipe({reinterpret_cast<Byte*>(body.data()), body.size()});
  co_return out;
}

}  // namespace kw::net
