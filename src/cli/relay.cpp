#include "cli/relay.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <ostream>

namespace kw::cli {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kForever = 24h;
constexpr auto kWriteTime = 30s;

// Shared by the two directions; lives until both have ended.
struct Relay {
  Relay(net::TlcpStream& s, Terminal& t) : stream(s), terminal(t), input(s.executor()), done(s.executor()) {}
  net::TlcpStream& stream;
  Terminal& terminal;
  asio::posix::stream_descriptor input;  // unused where epoll cannot watch the input (files, /dev/null)
  asio::steady_timer done;               // cancelled when the input side has ended
  bool input_ended = false;
};

asio::awaitable<void> send_input(std::shared_ptr<Relay> relay) {
  boost::system::error_code cannot_watch;
  const int fd = ::fcntl(relay->terminal.in, F_DUPFD_CLOEXEC, 0);
  if (fd >= 0) {
    relay->input.assign(fd, cannot_watch);
    Bytes buffer(16384);
    while (true) {
      if (!cannot_watch) {
        const auto [ec] = co_await relay->input.async_wait(asio::posix::stream_descriptor::wait_read, net::kTuple);
        if (ec) break;
      }
      const auto n = ::read(fd, buffer.data(), buffer.size());
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (n <= 0) break;
      const auto piece = ByteView(buffer).first(static_cast<std::size_t>(n));
      if (!co_await relay->stream.write(piece, net::in(kWriteTime))) break;  // the reading side reports why
    }
    if (cannot_watch) ::close(fd);
  }
  relay->input_ended = true;
  relay->done.cancel();
}

}  // namespace

asio::awaitable<Result<>> relay(net::TlcpStream& stream, Terminal& terminal, std::chrono::milliseconds linger) {
  const auto both = std::make_shared<Relay>(stream, terminal);
  both->done.expires_at(asio::steady_timer::time_point::max());
  asio::co_spawn(stream.executor(), send_input(both), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  Result<> outcome;
  // While input may come, reads are short, so that its end is noticed; afterwards they are as long as we linger.
  const auto started = net::in(kForever);
  while (std::chrono::steady_clock::now() < started) {
    const bool ended = both->input_ended;
    const auto octets = co_await stream.read_some(ended ? net::in(linger) : net::in(200ms));
    if (octets) {
      terminal.out << text_of(*octets) << std::flush;
      continue;
    }
    if (octets.code() == Errc::timeout && !ended) continue;
    if (octets.code() != Errc::timeout && octets.code() != Errc::closed) outcome = octets.error();
    break;
  }
  boost::system::error_code ec;  // an input that cannot be cancelled has ended
  both->input.cancel(ec);
  if (!both->input_ended) co_await both->done.async_wait(net::kTuple);
  if (outcome) outcome = co_await stream.shutdown(net::in(2s));
  co_return outcome;
}

}  // namespace kw::cli
