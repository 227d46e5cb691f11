#include "agent/status.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/write.hpp>
#include <cstring>

#include "platform/linux/os_error.h"
#include "platform/linux/unique_fd.h"

namespace kw::agent {

using boost::asio::local::stream_protocol;

StatusSocket::StatusSocket(boost::asio::any_io_executor executor, std::string path, std::function<std::string()> status)
    : path_(std::move(path)), status_(std::move(status)), acceptor_(std::move(executor)) {}

Result<std::unique_ptr<StatusSocket>> StatusSocket::open(boost::asio::any_io_executor executor, std::string path,
                                                         std::function<std::string()> status) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return fail(Errc::invalid, "socket path too long: " + path);
  ::unlink(path.c_str());
  std::unique_ptr<StatusSocket> out(new StatusSocket(std::move(executor), path, std::move(status)));
  boost::system::error_code ec;
  out->acceptor_.open(stream_protocol(), ec);
  if (!ec) out->acceptor_.bind(stream_protocol::endpoint(path), ec);
  if (!ec) out->acceptor_.listen(4, ec);
  if (ec) return fail(Errc::io, "status socket: " + ec.message());
  out->accept();
  return out;
}

StatusSocket::~StatusSocket() { ::unlink(path_.c_str()); }

void StatusSocket::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& ec, stream_protocol::socket peer) {
    if (ec == boost::asio::error::operation_aborted) return;
    if (!ec) {
      auto line = std::make_shared<std::string>(status_() + "\n");
      auto socket = std::make_shared<stream_protocol::socket>(std::move(peer));
      boost::asio::async_write(*socket, boost::asio::buffer(*line),
                               [line, socket](const boost::system::error_code&, std::size_t) {});
    }
    accept();
  });
}

Result<std::string> ask_status(const std::string& path) {
  const platform::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return platform::fail_os("status socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return fail(Errc::invalid, "socket path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return fail(Errc::not_found, "no agent is running");
  const timeval patience{5, 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
    return platform::fail_os("status socket");
  std::string out;
  std::array<char, 1024> piece{};
  while (out.size() < 65536) {
    const auto n = ::read(fd.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return platform::fail_os("status socket");
    if (n == 0) return out;
    out.append(piece.data(), static_cast<std::size_t>(n));
  }
  return fail(Errc::too_large, "status");
}

}  // namespace kw::agent
