#include "net/http_server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <mutex>

#include "base/id.h"
#include "base/secret.h"
#include "net/deadline.h"
#include "net/static_files.h"
#include "net/url.h"
#include "net/websocket_session.h"

namespace kw::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using beast::error_code;
using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

std::string view_text(beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, HttpOptions options, Router router, HttpPorts ports)
      : executor_(asio::make_strand(executor)),
        pool_(executor),
        options_(std::move(options)),
        router_(std::move(router)),
        ports_(ports),
        files_(options_.static_dir),
        acceptor_(executor_) {}

  Result<> listen();
  void stop();
  asio::awaitable<void> accept_loop();
  [[nodiscard]] asio::any_io_executor acceptor_executor() const { return executor_; }
  [[nodiscard]] Log& log() const { return ports_.log; }
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> open_ = 0;

 private:
  using Stream = std::shared_ptr<beast::tcp_stream>;
  asio::awaitable<void> serve(Stream stream, std::uint64_t number, std::string peer);
  asio::awaitable<bool> exchange(Stream stream, beast::flat_buffer& buffer, std::uint64_t number,
                                 const std::string& peer);
  asio::awaitable<bool> reply(Stream stream, Response response, unsigned version, bool keep_alive, bool head);
  asio::awaitable<bool> reply_stream(Stream stream, BodySource& source);
  asio::awaitable<void> refuse(Stream stream, error_code error, std::string peer);
  asio::awaitable<void> run_websocket(Stream stream, HttpRequest request, WebSocketHandler handler,
                                      std::uint64_t number, Request seen);
  [[nodiscard]] bool good_origin(const Request& request) const;
  [[nodiscard]] Result<Request> understand(HttpRequest& from, const std::string& peer, const std::string& trace) const;
  Response answer(const Request& request, const Router::Found& found);
  std::string new_trace() { return TraceId::make(ports_.clock.now(), ports_.random).text(); }
  void log_refusal(std::string_view peer, std::string_view code, std::string_view detail, std::string_view trace) {
    ports_.log.warning("http.refused", {{"peer", peer}, {"code", code}, {"detail", detail}, {"trace", trace}});
  }
  void remember(std::uint64_t number, std::function<void()> closer) {
    const std::lock_guard lock(mutex_);
    if (stopped_) closer();
    closers_[number] = std::move(closer);
  }
  void forget(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    closers_.erase(number);
  }

  asio::any_io_executor executor_;  // strand of the acceptor
  asio::any_io_executor pool_;
  const HttpOptions options_;
  const Router router_;
  HttpPorts ports_;
  StaticFiles files_;
  tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> closers_;
  bool stopped_ = false;
  std::uint64_t next_ = 0;
};

Result<> HttpServer::Impl::listen() {
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error) return fail(Errc::invalid, "listen address " + options_.address);
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error == asio::error::address_in_use) return fail(Errc::conflict, "port " + std::to_string(options_.port));
  if (error == asio::error::access_denied) return fail(Errc::not_permitted, "port " + std::to_string(options_.port));
  if (error) return fail(Errc::io, "listen: " + error.message());
  return {};
}

void HttpServer::Impl::stop() {
  std::map<std::uint64_t, std::function<void()>> closers;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    closers = closers_;
  }
  asio::post(executor_, [self = shared_from_this()] {
    error_code ignored;  // nothing is left to do for a socket that does not close
    self->acceptor_.close(ignored);
  });
  for (const auto& [number, closer] : closers) closer();
}

asio::awaitable<void> HttpServer::Impl::accept_loop() {
  auto self = shared_from_this();
  asio::steady_timer pause(executor_);
  while (acceptor_.is_open()) {
    auto strand = asio::make_strand(pool_);
    auto [error, socket] = co_await acceptor_.async_accept(strand, kTuple);
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {
      ports_.log.error("http.accept", {{"error", error.message()}});
      pause.expires_after(std::chrono::milliseconds(50));
      auto [late] = co_await pause.async_wait(kTuple);
      if (late) co_return;
      continue;
    }
    error_code ignored;  // a peer that is gone already: the first read says so
    const auto remote = socket.remote_endpoint(ignored);
    std::string peer = ignored ? std::string("unknown") : remote.address().to_string();
    if (open_ >= options_.max_connections) {
      log_refusal(peer, "rate_limited", "too many connections", "");
      continue;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    const std::uint64_t number = ++next_;
    auto stream = std::make_shared<beast::tcp_stream>(std::move(socket));
    remember(number, [weak = std::weak_ptr(stream)] {
      if (auto held = weak.lock()) asio::post(held->get_executor(), [held] { held->close(); });
    });
    ++open_;
    asio::co_spawn(stream->get_executor(), serve(stream, number, peer), [self, number](std::exception_ptr failure) {
      self->forget(number);
      --self->open_;
      if (failure) self->ports_.log.error("http.connection", {{"error", "exception"}});
    });
  }
}

asio::awaitable<void> HttpServer::Impl::serve(Stream stream, std::uint64_t number, std::string peer) {
  beast::flat_buffer buffer(options_.max_body + options_.max_header + 4096);
  for (bool more = true; more;) {
    if (buffer.size() == 0) {  // between requests
      stream->expires_after(options_.idle_deadline);
      const auto room = buffer.prepare(4096);
      auto [error, got] = co_await stream->async_read_some(room, kTuple);
      if (error) break;
      buffer.commit(got);
    }
    more = co_await exchange(stream, buffer, number, peer);
  }
  error_code ignored;  // the peer may have gone first
  stream->socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<bool> HttpServer::Impl::exchange(Stream stream, beast::flat_buffer& buffer, std::uint64_t number,
                                                 const std::string& peer) {
  http::request_parser<http::string_body> parser;
  parser.body_limit(options_.max_body);
  parser.header_limit(options_.max_header);
  stream->expires_after(options_.read_deadline);
  auto [error, got] = co_await http::async_read(*stream, buffer, parser, kTuple);
  if (error) {
    co_await refuse(stream, error, peer);
    co_return false;
  }
  HttpRequest request = parser.release();
  const unsigned version = request.version();
  const bool head = request.method() == http::verb::head;
  bool keep_alive = request.keep_alive();
  const std::string trace = new_trace();
  auto seen = understand(request, peer, trace);
  if (!seen) {
    log_refusal(peer, name(seen.code()), seen.error().detail(), trace);
    Response response = error_response(status_of(seen.code()), name(seen.code()), seen.error().detail(), trace);
    co_return co_await reply(stream, std::move(response), version, false, head);
  }
  auto found = router_.find(seen->method, seen->path);
  seen->params = found.params;
  if (found.gate != nullptr && websocket::is_upgrade(request)) {
    if (!good_origin(*seen)) {
      log_refusal(peer, "forbidden", "origin", trace);
      Response response = error_response(403, "forbidden", "origin", trace);
      co_return co_await reply(stream, std::move(response), version, false, false);
    }
    auto handler = (*found.gate)(*seen);
    if (!handler) co_return co_await reply(stream, std::move(handler.error()), version, false, false);
    co_await run_websocket(stream, std::move(request), std::move(*handler), number, std::move(*seen));
    co_return false;
  }
  Response response = answer(*seen, found);
  co_return co_await reply(stream, std::move(response), version, keep_alive, head);
}

bool HttpServer::Impl::good_origin(const Request& request) const {
  const auto host = request.header("host").value_or("");
  const auto origin = request.header("origin");
  if (host.empty()) return false;
  if (origin && (*origin == "http://" + host || *origin == "https://" + host)) return true;
  const auto& others = options_.websocket_origins;
  return others && (!origin || std::find(others->begin(), others->end(), *origin) != others->end());
}

Result<Request> HttpServer::Impl::understand(HttpRequest& from, const std::string& peer,
                                             const std::string& trace) const {
  Request out;
  out.method = view_text(from.method_string());
  KW_TRY(auto target, parse_target(view_text(from.target())));
  out.path = std::move(target.path);
  out.query = std::move(target.query);
  if (from.version() >= 11 && from.count(http::field::host) != 1) return fail(Errc::malformed, "host header");
  for (const auto& field : from) {
    std::string key = view_text(field.name_string());
    for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    out.headers.emplace_back(std::move(key), view_text(field.value()));
  }
  out.body = std::move(from.body());
  out.peer = peer;
  out.trace = trace;
  return out;
}

Response HttpServer::Impl::answer(const Request& request, const Router::Found& found) {
  if (found.handler != nullptr) {
    try {
      return (*found.handler)(request);
    } catch (const std::exception& problem) {  // a handler's defect ends here, not the server
      ports_.log.error("http.handler", {{"path", request.path}, {"error", problem.what()}, {"trace", request.trace}});
      return error_response(500, "internal", "", request.trace);
    }
  }
  if (found.gate != nullptr) return error_response(426, "unsupported", "websocket upgrade expected", request.trace);
  if (!found.allow.empty()) {
    Response out = error_response(405, "unsupported", "method", request.trace);
    out.headers.emplace_back("Allow", found.allow);
    return out;
  }
  const bool reading = request.method == "GET" || request.method == "HEAD";
  if (reading && !request.path.starts_with("/api/")) {
    if (auto file = files_.find(request.path)) return std::move(*file);
  }
  return error_response(404, "not_found", "no such path", request.trace);
}

asio::awaitable<bool> HttpServer::Impl::reply(Stream stream, Response from, unsigned version, bool keep_alive,
                                              bool head) {
  HttpResponse out(static_cast<http::status>(from.status), version);
  out.keep_alive(keep_alive);
  out.set("Content-Security-Policy", options_.content_security_policy);
  out.set("X-Content-Type-Options", "nosniff");
  out.set("X-Frame-Options", "DENY");
  out.set("Referrer-Policy", "no-referrer");
  out.set("Cross-Origin-Opener-Policy", "same-origin");
  out.set("Cross-Origin-Resource-Policy", "same-origin");
  out.set(http::field::cache_control, "no-store");
  for (const auto& [key, value] : from.headers) {
    if (key == "Set-Cookie") {
      out.insert(key, value);
    } else {
      out.set(key, value);
    }
  }
  if (from.source) {
    out.set(http::field::content_type, from.content_type);
    out.content_length(from.source->size());
  } else if (from.status != 204) {
    out.set(http::field::content_type, from.content_type);
    out.content_length(from.body.size());
    if (!head) out.body() = std::move(from.body);
  }
  stream->expires_after(options_.read_deadline);
  http::serializer<false, http::string_body> serializer(out);
  serializer.split(false);
  if (from.source) {
    auto [error, sent] = co_await http::async_write_header(*stream, serializer, kTuple);
    if (error) co_return false;
    if (head) co_return keep_alive;
    co_return co_await reply_stream(stream, *from.source) && keep_alive;
  }
  auto [error, sent] = co_await http::async_write(*stream, serializer, kTuple);
  co_return !error && keep_alive;
}

asio::awaitable<bool> HttpServer::Impl::reply_stream(Stream stream, BodySource& source) {
  auto left = source.size();
  while (true) {
    const auto piece = source.next();
    if (!piece) {
      ports_.log.error("http.body", {{"error", piece.error().text()}});
      co_return false;
    }
    if (!*piece) co_return left == 0;
    if ((*piece)->size() > left) co_return false;
    left -= (*piece)->size();
    stream->expires_after(options_.read_deadline);  // for each piece anew
    auto [error, sent] = co_await asio::async_write(*stream, asio::buffer(**piece), kTuple);
    if (error) co_return false;
  }
}

asio::awaitable<void> HttpServer::Impl::refuse(Stream stream, error_code error, std::string peer) {
  const bool quiet = error == http::error::end_of_stream || error == beast::error::timeout ||
                     error == asio::error::operation_aborted || error == asio::error::connection_reset;
  if (quiet) {
    if (error == beast::error::timeout) log_refusal(peer, "timeout", "request not complete in time", "");
    co_return;
  }
  int status = 400;
  Errc code = Errc::malformed;
  if (error == http::error::body_limit || error == http::error::buffer_overflow) {
    status = 413;
    code = Errc::too_large;
  } else if (error == http::error::header_limit) {
    status = 431;
    code = Errc::too_large;
  } else if (error == http::error::partial_message) {
    code = Errc::truncated;
  }
  const std::string trace = new_trace();
  log_refusal(peer, name(code), error.message(), trace);
  Response response = error_response(status, name(code), error.message(), trace);
  co_await reply(stream, std::move(response), 11, false, false);
  // Read on for a moment: closing over unread octets would take the answer back (TCP reset).
  error_code ignored;
  stream->socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream->expires_after(std::chrono::seconds(2));
  std::array<char, 16384> rest;
  for (std::uint64_t left = 4 * options_.max_body; left > 0;) {
    const auto room = asio::buffer(rest);
    auto [ended, got] = co_await stream->async_read_some(room, kTuple);
    if (ended) break;
    left -= std::min<std::uint64_t>(left, got);
  }
}

asio::awaitable<void> HttpServer::Impl::run_websocket(Stream stream, HttpRequest request, WebSocketHandler handler,
                                                      std::uint64_t number, Request seen) {
  stream->expires_never();
  auto session = std::make_shared<BeastWebSocket>(std::move(*stream), options_, ports_.log, seen.peer, seen.trace);
  auto& socket = session->socket();
  remember(number, [weak = std::weak_ptr(session)] {
    if (auto held = weak.lock()) held->drop();
  });
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) co_return;
  }
  websocket::stream_base::timeout timeouts{};
  timeouts.handshake_timeout = options_.read_deadline;
  timeouts.idle_timeout = options_.websocket_idle;
  timeouts.keep_alive_pings = true;
  socket.set_option(timeouts);
  socket.read_message_max(options_.websocket_max_message);
  auto [error] = co_await socket.async_accept(request, kTuple);
  if (error) {
    log_refusal(seen.peer, "malformed", error.message(), seen.trace);
    co_return;
  }
  if (handler.on_open) handler.on_open(session);
  beast::flat_buffer buffer;
  while (true) {
    auto [ended, got] = co_await socket.async_read(buffer, kTuple);
    if (ended) break;
    if (handler.on_text) handler.on_text({static_cast<const char*>(buffer.data().data()), buffer.size()});
    const auto heard = buffer.data();
    wipe({static_cast<Byte*>(heard.data()), heard.size()});
    buffer.consume(buffer.size());
  }
  session->close_socket();
  if (handler.on_close) handler.on_close();
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }
std::uint16_t HttpServer::port() const noexcept { return impl_->port_; }
std::size_t HttpServer::connections() const noexcept { return impl_->open_; }
void HttpServer::stop() { impl_->stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(asio::any_io_executor executor, HttpOptions options,
                                                      Router router, HttpPorts ports) {
  auto impl = std::make_shared<Impl>(std::move(executor), std::move(options), std::move(router), ports);
  KW_CHECK(impl->listen());
  asio::co_spawn(impl->acceptor_executor(), impl->accept_loop(), [impl](std::exception_ptr failure) {
    if (failure) impl->log().error("http.accept", {{"error", "exception"}});
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace kw::net
