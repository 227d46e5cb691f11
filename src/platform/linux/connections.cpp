#include "platform/linux/connections.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "device/system/texts.h"
#include "platform/linux/attributes.h"
#include "platform/linux/netlink_socket.h"
#include "platform/linux/os_error.h"
#include "platform/linux/socket_dump.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;

struct Found {
  OpenConnection connection;
  Byte family = 0, protocol = 0;
  inet_diag_sockid id{};
};

bool is_nowhere(const std::string& address) { return address.empty() || address == "0.0.0.0" || address == "::"; }

Result<std::vector<Found>> list(NetlinkSocket& socket, Byte family, Byte protocol) {
  std::vector<Found> out;
  KW_CHECK(dump_sockets(socket, family, protocol, ~(1U << TCP_LISTEN), [&](const inet_diag_msg& seen) {
    Found one{{protocol == IPPROTO_TCP ? "tcp" : "udp", socket_address(family, seen.id.idiag_dst), ntohs(seen.id.idiag_dport), ntohs(seen.id.idiag_sport)},
              family, protocol, seen.id};
    if (!is_nowhere(one.connection.remote)) out.push_back(std::move(one));
  }));
  return out;
}

Result<> destroy(NetlinkSocket& socket, const Found& found) {
  MessageBuilder request(SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK);
  auto& body = request.extra<inet_diag_req_v2>();
  body.sdiag_family = found.family;
  body.sdiag_protocol = found.protocol;
  body.idiag_states = ~0U;
  body.id = found.id;
  return socket.ask(request.view(), [](ByteView datagram) -> Result<bool> {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type != NLMSG_ERROR) continue;
      const int code = plain<int>(message->payload).value_or(-EIO);
      if (code != 0 && code != -ENOENT) return Result<bool>(os_error(-code, "sock_diag destroy"));
      return true;  // ended, or gone by itself
    }
    return false;
  });
}

}  // namespace

Result<EndedConnections> end_connections(const KeepConnection& keep) {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_SOCK_DIAG, 0));
  EndedConnections out;
  std::optional<Error> first;
  for (const Byte protocol : {Byte{IPPROTO_TCP}, Byte{IPPROTO_UDP}}) {
    for (const Byte family : {Byte{AF_INET}, Byte{AF_INET6}}) {
      const auto all = list(socket, family, protocol);
      if (!all) {
        first = first ? first : all.error();
        continue;
      }
      for (const auto& one : *all) {
        if (device::is_loopback(one.connection.remote)) continue;
        if (keep(one.connection)) {
          ++out.kept;
          continue;
        }
        if (const auto done = destroy(socket, one)) {
          ++out.ended;
        } else {
          ++out.failed;
          first = first ? first : done.error();
        }
      }
    }
  }
  if (first && out.ended == 0) return *first;
  return out;
}

std::vector<std::string> packet_socket_holders() {
  std::set<std::string> links;
  std::ifstream table("/proc/net/packet");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    const auto blank = line.find_last_of(' ');
    if (blank != std::string::npos) links.insert("socket:[" + line.substr(blank + 1) + "]");
  }
  std::vector<std::string> out;
  if (links.empty()) return out;
  std::error_code gone;  // processes end while one looks
  for (const auto& process : fs::directory_iterator("/proc", gone)) {
    const auto pid = process.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", gone)) {
      if (!links.contains(fs::read_symlink(fd.path(), gone).string())) continue;
      std::ifstream comm(process.path() / "comm");
      std::string name;
      std::getline(comm, name);
      out.push_back(name + " " + pid);
      break;
    }
    if (out.size() == 16) break;
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace kw::platform
