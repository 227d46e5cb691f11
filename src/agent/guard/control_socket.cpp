#include "agent/guard/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"
#include "schema/codec.h"

namespace kw::agent {

using boost::asio::local::stream_protocol;

namespace {
constexpr std::size_t kMostOrder = 64U << 10;
constexpr std::size_t kMostControlAnswer = 64U << 10;
constexpr std::string_view kWords = "ask ";  // no v1::Signed begins so
constexpr auto kControlPatience = std::chrono::seconds(5);
}  // namespace

/// One connection; kept by its own operations.
struct ControlSocket::Talk : std::enable_shared_from_this<Talk> {
  Talk(stream_protocol::socket from, std::weak_ptr<Handler> to)
      : socket(std::move(from)), handler(std::move(to)), patience(socket.get_executor()), question(kMostOrder + 1) {}

  void begin() {
    patience.expires_after(kControlPatience);
    patience.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
      boost::system::error_code ignored;  // a connection that is closed already
      if (!ec) self->socket.close(ignored);
    });
    boost::asio::async_read(socket, boost::asio::buffer(question),
                            [self = shared_from_this()](const boost::system::error_code& ec, std::size_t n) {
                              if (ec == boost::asio::error::eof) return self->reply(n);
                              self->patience.cancel();  // too long, or gone
                            });
  }

  void reply(std::size_t n) {
    const auto handle = handler.lock();
    const auto asked = ByteView(question).first(n);
    if (!handle) {
      answer = "ending";
    } else if (text_of(asked).starts_with(kWords)) {
      answer = handle->words ? handle->words(std::string(text_of(asked).substr(kWords.size()))) : "refused unsupported";
    } else {
      const auto order = schema::parse<v1::Signed>(asked, kMostOrder);
      answer = order ? handle->order(*order) : "refused malformed";
    }
    answer += "\n";
    boost::asio::async_write(
        socket, boost::asio::buffer(answer),
        [self = shared_from_this()](const boost::system::error_code&, std::size_t) { self->patience.cancel(); });
  }

  stream_protocol::socket socket;
  std::weak_ptr<Handler> handler;
  boost::asio::steady_timer patience;
  Bytes question;
  std::string answer;
};

ControlSocket::ControlSocket(boost::asio::any_io_executor executor, std::string path, Handler handler)
    : path_(std::move(path)), handler_(std::make_shared<Handler>(std::move(handler))), acceptor_(std::move(executor)) {}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(boost::asio::any_io_executor executor, std::string path,
                                                           Handler handler) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return fail(Errc::invalid, "socket path too long: " + path);
  ::unlink(path.c_str());
  std::unique_ptr<ControlSocket> out(new ControlSocket(std::move(executor), path, std::move(handler)));
  boost::system::error_code ec;
  out->acceptor_.open(stream_protocol(), ec);
  if (!ec) out->acceptor_.bind(stream_protocol::endpoint(path), ec);
  if (!ec && ::chmod(path.c_str(), 0600) != 0) return platform::fail_os("control socket");
  if (!ec) out->acceptor_.listen(4, ec);
  if (ec) return fail(Errc::io, "control socket: " + ec.message());
  out->accept();
  return out;
}

ControlSocket::~ControlSocket() { ::unlink(path_.c_str()); }

void ControlSocket::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& ec, stream_protocol::socket peer) {
    if (ec == boost::asio::error::operation_aborted) return;
    if (!ec) std::make_shared<Talk>(std::move(peer), handler_)->begin();
    accept();
  });
}

Bytes control_words(std::string_view words) {
  const auto text = std::string(kWords) + std::string(words);
  return {text.begin(), text.end()};
}

Result<std::string> ask_control(const std::string& path, ByteView order) {
  const platform::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return platform::fail_os("control socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return fail(Errc::invalid, "socket path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return errno == EACCES ? platform::fail_os("control socket") : fail(Errc::not_found, "no guard is running");
  if (!order.empty() &&
      ::send(fd.get(), order.data(), order.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(order.size()))
    return platform::fail_os("send the order");
  ::shutdown(fd.get(), SHUT_WR);
  const timeval patience{10, 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
    return platform::fail_os("control socket");
  std::string out;
  std::array<char, 256> piece{};
  while (out.size() < kMostControlAnswer) {
    const auto n = ::read(fd.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("control socket");
    if (n == 0) break;
    out.append(piece.data(), static_cast<std::size_t>(n));
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  if (out.empty()) return fail(Errc::closed, "the guard did not answer");
  return out;
}

}  // namespace kw::agent
