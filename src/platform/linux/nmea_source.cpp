#include "platform/linux/nmea_source.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

constexpr std::string_view kWatch = "?WATCH={\"enable\":true,\"nmea\":true}\n";  // gpsd_json(5)

Result<UniqueFd> connect_to(const std::string& path) {
  UniqueFd out(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!out) return fail_os("receiver's socket");
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return fail(Errc::invalid, "receiver: the path is too long");
  std::memcpy(at.sun_path, path.data(), path.size());
  if (::connect(out.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return fail_os("receiver " + path);
  if (::send(out.get(), kWatch.data(), kWatch.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kWatch.size()))
    return fail_os("ask the receiver " + path);
  return out;
}

}  // namespace

Result<> NmeaSource::open(const std::string& source) {
  struct stat facts {};
  if (::stat(source.c_str(), &facts) != 0) return fail_os("receiver " + source);
  source_ = source;
  file_ = S_ISREG(facts.st_mode);
  if (S_ISSOCK(facts.st_mode)) {
    KW_TRY(fd_, connect_to(source));
    return {};
  }
  if (!file_ && !S_ISCHR(facts.st_mode) && !S_ISFIFO(facts.st_mode))
    return fail(Errc::invalid, "receiver: neither a device nor a file nor a socket");
  // Not as a controlling terminal, and without waiting for a line's carrier or a FIFO's writer.
  fd_.reset(::open(source.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd_) return fail_os("receiver " + source);
  if (file_ && facts.st_size > static_cast<off_t>(kMostOctets))
    ::lseek(fd_.get(), -static_cast<off_t>(kMostOctets), SEEK_END);
  return {};
}

Result<Bytes> NmeaSource::take(const std::string& source) {
  if (source != source_ || file_) fd_.reset();
  if (!fd_) KW_CHECK(open(source));
  Bytes out(kMostOctets);
  const auto n = ::read(fd_.get(), out.data(), out.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Bytes();
  if (n < 0) {
    const auto error = os_error(errno, "receiver " + source);
    fd_.reset();
    return error;
  }
  struct stat facts {};
  // A FIFO without a writer reads as ended; so does a device that was pulled out, and a daemon that went.
  if (n == 0 && !file_ && (::fstat(fd_.get(), &facts) != 0 || !S_ISFIFO(facts.st_mode))) {
    fd_.reset();
    return fail(Errc::closed, "receiver " + source + " has ended");
  }
  out.resize(static_cast<std::size_t>(n));
  return out;
}

}  // namespace kw::platform
