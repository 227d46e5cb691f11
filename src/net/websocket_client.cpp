#include "net/websocket_client.h"

#include <boost/beast/websocket.hpp>

#include "net/beast_client.h"

namespace kw::net {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
constexpr std::size_t kMostMessage = 1U << 20;
constexpr std::chrono::seconds kSilence{30};

Error websocket_error(const boost::system::error_code& error, std::string_view doing) {
  if (error == websocket::error::closed) return Error(Errc::closed, std::string(doing) + ": ended by the server");
  if (error == websocket::error::message_too_big) return Error(Errc::too_large, doing.data());
  if (error.category() == websocket::make_error_code(websocket::error::closed).category())
    return Error(Errc::malformed, std::string(doing) + ": " + error.message());
  return beast_error(error, doing);
}

class BeastClient final : public WebSocketClient {
 public:
  explicit BeastClient(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}

  asio::awaitable<Result<Response>> handshake(const Target& server, const HttpCall& call, Deadline deadline) {
    const std::string host = authority(server);
    stream_.set_option(websocket::stream_base::decorator([&call, &host](websocket::request_type& request) {
      for (const auto& [key, value] : call.headers) request.set(key, value);
      request.set(beast::http::field::origin, "http://" + host);
    }));
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = deadline - std::chrono::steady_clock::now();
    timeouts.idle_timeout = kSilence;
    timeouts.keep_alive_pings = true;
    stream_.set_option(timeouts);
    stream_.read_message_max(kMostMessage);
    websocket::response_type answer;
    auto [error] = co_await stream_.async_handshake(answer, host, call.target, kTuple);
    // The lambda above holds references to what ends with this call.
    stream_.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
    if (error && error != websocket::error::upgrade_declined) co_return websocket_error(error, "upgrade");
    co_return beast_answer(std::move(answer));
  }

  asio::awaitable<Result<std::string>> read() override {
    beast::flat_buffer buffer;
    auto [error, got] = co_await stream_.async_read(buffer, kTuple);
    if (error) co_return websocket_error(error, "live stream");
    co_return std::string(static_cast<const char*>(buffer.data().data()), buffer.size());
  }

  asio::awaitable<Result<>> send(std::string text) override {
    stream_.text(true);
    auto [error, sent] = co_await stream_.async_write(asio::buffer(text), kTuple);
    if (error) co_return websocket_error(error, "send");
    co_return Result<>{};
  }

 private:
  websocket::stream<beast::tcp_stream> stream_;
};

}  // namespace

asio::awaitable<Result<WebSocketClient::Opening>> WebSocketClient::open(Target server, HttpCall call,
                                                                        Deadline deadline) {
  KW_CO_TRY(auto socket, co_await connect_tcp(server, deadline));
  auto client = std::make_unique<BeastClient>(std::move(socket));
  KW_CO_TRY(auto answer, co_await client->handshake(server, call, deadline));
  Opening out;
  out.answer = std::move(answer);
  if (out.answer.status == 101) out.socket = std::move(client);
  co_return Result<Opening>(std::move(out));
}

}  // namespace kw::net
