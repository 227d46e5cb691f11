#include "platform/linux/host_feed.h"

#include <linux/audit.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/linux/exec_messages.h"
#include "platform/linux/first_network.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_reader.h"

namespace kw::platform {
namespace {

using device::HostNews;

constexpr std::size_t kMostMessage = 8970 + NLMSG_HDRLEN;  // MAX_AUDIT_MESSAGE_LENGTH
constexpr int kBatch = 256, kAuditPatience = 500;          // milliseconds

Result<UniqueFd> group_socket(int bus, unsigned group, int buffer) {
  return in_first_network([=]() -> Result<UniqueFd> {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, bus));
    if (!socket) return fail_os("netlink");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = group;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail_os("netlink group");
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    return socket;
  });
}

std::optional<HostNews> news_of(const ProcessMessage& message) {
  using What = ProcessMessage::What;
  switch (message.what) {
    case What::forked:
      return device::ProcessForked{message.pid, message.other};
    case What::ran:
      return device::ProcessChanged{message.pid, read_process(message.pid), true};
    case What::user: {
      auto facts = read_process(message.pid);
      if (!facts) return std::nullopt;
      // /proc shows the first thread, and what came since: a process that gave rights up may run a set-ID program by
      // now.
      if (facts->uid != message.uid || facts->euid != message.euid) facts->suid = message.euid;
      facts->uid = message.uid;
      facts->euid = message.euid;
      return device::ProcessChanged{message.pid, std::move(facts), false};
    }
    case What::traced:
      if (message.other == 0) return std::nullopt;
      return device::ProcessTraced{message.pid, message.other, read_process(message.other)};
    case What::ended:
      return device::ProcessEnded{message.pid};
  }
  return std::nullopt;
}

// Netlink messages of one socket become news, in batches.
class Listener : public Readable {
 public:
  Listener(UniqueFd socket, const char* source, device::HostPort::Sink sink)
      : socket_(std::move(socket)), source_(source), sink_(std::move(sink)) {}
  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  void ready() override {
    std::vector<HostNews> batch;
    for (int i = 0; i < kBatch; ++i) {
      sockaddr_nl from{};
      socklen_t length = sizeof from;
      const auto n = ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT,
                                reinterpret_cast<sockaddr*>(&from), &length);
      if (n < 0 && errno == ENOBUFS) {
        batch.emplace_back(device::HostNewsLost{source_, 1});
        continue;
      }
      if (n < 0) break;
      if (from.nl_pid != 0) continue;  // not the kernel
      if (auto news = read(ByteView(buffer_.data(), static_cast<std::size_t>(n)))) batch.push_back(std::move(*news));
    }
    if (!batch.empty()) sink_(std::move(batch));
  }

 protected:
  virtual std::optional<HostNews> read(ByteView datagram) = 0;

 private:
  UniqueFd socket_;
  const char* source_;
  device::HostPort::Sink sink_;
  std::array<Byte, kMostMessage> buffer_{};
};

class ProcessListener final : public Listener {
 public:
  using Listener::Listener;
  std::optional<HostNews> read(ByteView datagram) override {
    const auto message = process_message_of(datagram);
    return message ? news_of(*message) : std::nullopt;
  }
};

class AuditListener final : public Listener {
 public:
  using Listener::Listener;
  std::optional<HostNews> read(ByteView datagram) override {
    nlmsghdr header{};
    if (datagram.size() < NLMSG_HDRLEN) return std::nullopt;
    std::memcpy(&header, datagram.data(), sizeof header);
    auto failed = device::parse_audit(header.nlmsg_type, text_of(datagram.subspan(NLMSG_HDRLEN)));
    return failed ? std::optional<HostNews>(std::move(*failed)) : std::nullopt;
  }
};

// Whether the kernel audits at all; nothing where it may not be asked.
std::optional<bool> auditing() {
  const auto socket = in_first_network([]() -> Result<UniqueFd> {
    UniqueFd made(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT));
    return made ? Result<UniqueFd>(std::move(made)) : Result<UniqueFd>(fail_os("audit"));
  });
  nlmsghdr ask{};
  ask.nlmsg_len = NLMSG_HDRLEN;
  ask.nlmsg_type = AUDIT_GET;
  ask.nlmsg_flags = NLM_F_REQUEST;
  if (!socket || ::send(socket->get(), &ask, sizeof ask, 0) < 0) return std::nullopt;
  pollfd wait{socket->get(), POLLIN, 0};
  std::array<Byte, 512> buffer{};
  if (::poll(&wait, 1, kAuditPatience) != 1) return std::nullopt;
  const auto n = ::recv(socket->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  nlmsghdr header{};
  struct {
    std::uint32_t mask, enabled;
  } status{};
  if (n < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof status)) return std::nullopt;
  std::memcpy(&header, buffer.data(), sizeof header);
  std::memcpy(&status, buffer.data() + NLMSG_HDRLEN, sizeof status);
  return header.nlmsg_type == AUDIT_GET ? std::optional(status.enabled != 0) : std::nullopt;
}

}  // namespace

Result<> HostFeed::start_processes(const device::HostPort::Sink& sink) {
  KW_TRY(auto socket, group_socket(NETLINK_CONNECTOR, CN_IDX_PROC, options_.receive_buffer));
  auto filter = process_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    return fail_os("process connector's filter");
  const auto ask = listen_message(static_cast<std::uint32_t>(::getpid()));
  if (::send(socket.get(), ask.data(), ask.size(), 0) < 0) {
    if (errno == ECONNREFUSED) return fail(Errc::unsupported, "process connector: not in this network namespace");
    return fail_os("process connector");
  }
  return processes_.start(std::make_unique<ProcessListener>(std::move(socket), "processes", sink));
}

Result<> HostFeed::start_audit(const device::HostPort::Sink& sink) {
  KW_TRY(auto socket, group_socket(NETLINK_AUDIT, 1U << (AUDIT_NLGRP_READLOG - 1), options_.receive_buffer / 4));
  if (const auto on = auditing(); on && !*on) return fail(Errc::unavailable, "the kernel does not audit (audit=1)");
  return audit_.start(std::make_unique<AuditListener>(std::move(socket), "audit", sink));
}

device::HostSources HostFeed::start(const device::HostPort::Sink& sink) {
  device::HostSources out;
  const auto processes = start_processes(sink);
  out.processes = processes.has_value();
  if (!processes) out.missing["processes"] = processes.error().text();
  // In a network namespace that is not the machine's first one the audit socket opens, and stays silent for ever.
  const auto audit = processes || processes.code() != Errc::unsupported
                         ? start_audit(sink)
                         : Result<>(fail(Errc::unsupported, "not in this network namespace"));
  out.audit = audit.has_value();
  if (!audit) out.missing["audit"] = audit.error().text();
  return out;
}

void HostFeed::stop() {
  processes_.stop();
  audit_.stop();
}

}  // namespace kw::platform
