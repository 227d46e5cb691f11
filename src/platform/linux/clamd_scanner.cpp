#include "platform/linux/clamd_scanner.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "device/malware/clamd_reply.h"
#include "device/malware/clamd_settings.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {
namespace {

using Steady = std::chrono::steady_clock;

using Stop = device::Scanner::Stop;
constexpr std::size_t kMostClamdWords = 8192;
constexpr std::int64_t kSlice = 100;  // ms between two looks whether to stop

Result<> wait_for(int fd, short what, Steady::time_point until, const Stop& stop = {}) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
    if (stop && stop()) return fail(Errc::cancelled);
    if (left <= 0) return fail(Errc::timeout, "the scanner does not answer");
    pollfd one{fd, what, 0};
    const auto n = ::poll(&one, 1, static_cast<int>(std::min(left, kSlice)));
    if (n > 0) return {};
    if (n < 0 && errno != EINTR) return fail_os("wait for the scanner");
  }
}

Result<UniqueFd> connect_to(const std::string& path, Steady::time_point until) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Errc::invalid, "the scanner's socket has too long a path");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_os("socket");
  const int yes = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0) return fail_os("socket");
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(Errc::unavailable, "no scanner at " + path + ": " + std::strerror(errno));
    // Its queue of connections is full, and poll(2) does not tell when a place is free: a short nap.
    if (Steady::now() >= until) return fail(Errc::timeout, "the scanner takes no connection");
    ::poll(nullptr, 0, 5);
  }
  return fd;
}

Result<> send_all(int fd, std::string_view text, Steady::time_point until) {
  while (!text.empty()) {
    const auto n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      KW_CHECK(wait_for(fd, POLLOUT, until));
    } else if (errno != EINTR) {
      return fail(Errc::unavailable, std::string("the scanner hung up: ") + std::strerror(errno));
    }
  }
  return {};
}

Result<> send_descriptor(int to, int passed, Steady::time_point until) {
  char octet = 0;
  iovec part{&octet, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(head), &passed, sizeof passed);
  for (;;) {
    if (::sendmsg(to, &message, MSG_NOSIGNAL) == 1) return {};
    if (errno == EAGAIN) {
      KW_CHECK(wait_for(to, POLLOUT, until));
    } else if (errno != EINTR) {
      return fail(Errc::unavailable, std::string("the scanner hung up: ") + std::strerror(errno));
    }
  }
}

struct Answer {
  Bytes octets;
  int pid = 0;
};
// Up to and with the first zero octet, or to the end.
Result<Answer> receive(int fd, Steady::time_point until, const Stop& stop = {}) {
  Answer out;
  std::array<char, 1024> buffer;
  while (out.octets.size() <= device::kMostReply && (out.octets.empty() || out.octets.back() != 0)) {
    KW_CHECK(wait_for(fd, POLLIN, until, stop));
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto n = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n < 0) return fail(Errc::unavailable, std::string("the scanner hung up: ") + std::strerror(errno));
    if (n == 0) break;
    for (auto* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
      if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS) continue;
      ucred who{};
      std::memcpy(&who, CMSG_DATA(head), sizeof who);
      out.pid = who.pid;
    }
    append(out.octets, bytes_of(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
  }
  if (out.octets.empty()) return fail(Errc::unavailable, "the scanner hung up without an answer");
  return out;
}

}  // namespace

void ClamdScanner::use(const std::string& socket) {
  const std::lock_guard lock(mutex_);
  socket_ = socket.empty() ? kUsualSocket : socket;
}
std::string ClamdScanner::socket() const {
  const std::lock_guard lock(mutex_);
  return socket_;
}

Result<device::ScanReply> ClamdScanner::scan(int fd, Duration most, const Stop& stop) {
  const auto until = Steady::now() + most;
  KW_TRY(const auto link, connect_to(socket(), until));
  KW_CHECK(send_all(link.get(), std::string_view("zFILDES\0", 8), until));
  KW_CHECK(send_descriptor(link.get(), fd, until));
  KW_TRY(const auto answer, receive(link.get(), until, stop));
  return device::parse_scan_reply(answer.octets);
}

Result<device::ScannerHello> ClamdScanner::hello(Duration most) {
  const auto until = Steady::now() + most;
  KW_TRY(const auto link, connect_to(socket(), until));
  KW_CHECK(send_all(link.get(), std::string_view("zVERSION\0", 9), until));
  KW_TRY(const auto answer, receive(link.get(), until));
  KW_TRY(auto hello, device::parse_version_reply(answer.octets));
  hello.pid = answer.pid;
  return hello;
}

Result<std::string> ClamdScanner::settings(int pid) {
  const auto process = "/proc/" + std::to_string(pid);
  KW_TRY(const auto words, read_file(process + "/cmdline", kMostClamdWords));
  const auto path = device::clamd_settings_path(text_of(words));
  if (!path.starts_with('/')) return fail(Errc::unsupported, path + " is no absolute path");
  const auto file = process + "/root" + path;
  KW_TRY(const auto text, read_file(file, device::kMostClamdSettings));
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return fail_os(path);
  // What clamd reads at its start holds until its end.
  timespec now{}, since_boot{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto started = now.tv_sec - since_boot.tv_sec + static_cast<std::int64_t>(started_at(pid)) / ::sysconf(_SC_CLK_TCK);
  if (facts.st_mtim.tv_sec > started + 1) return fail(Errc::conflict, path + " was changed after clamd's start");
  return copy_text(text);
}

}  // namespace kw::platform
