#include "platform/linux/socket_owners.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <sstream>

#include "platform/linux/attributes.h"
#include "platform/linux/close_directory.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

namespace fs = std::filesystem;
using Point = std::chrono::steady_clock::time_point;

constexpr std::size_t kMostKnown = 512;
constexpr std::size_t kMostRecent = 8;
constexpr std::size_t kMostSocketTable = std::size_t{256} << 10;

bool has_ports(const PacketLog& packet) { return packet.protocol == IPPROTO_TCP || packet.protocol == IPPROTO_UDP; }

// UDP's exact look-up takes the tuple as a received packet shows it, TCP's as the socket does (net/ipv4/udp_diag.c).
void fill_tuple(const PacketLog& packet, inet_diag_sockid& id) {
  const bool swapped = packet.protocol == IPPROTO_UDP;
  const auto& here = swapped ? packet.destination : packet.source;
  const auto& there = swapped ? packet.source : packet.destination;
  std::copy(here.begin(), here.end(), reinterpret_cast<Byte*>(id.idiag_src));
  std::copy(there.begin(), there.end(), reinterpret_cast<Byte*>(id.idiag_dst));
  id.idiag_sport = htons(swapped ? packet.packet.destination_port : packet.packet.source_port);
  id.idiag_dport = htons(swapped ? packet.packet.source_port : packet.packet.destination_port);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Relative to the process's own directory: on a system with hundreds of processes the paths would cost half the time.
bool holds(int pid, const std::string& link, const std::optional<std::uint32_t>& uid, Point until) {
  const int fd = ::open(("/proc/" + std::to_string(pid) + "/fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd));
  if (!directory) {
    ::close(fd);
    return false;
  }
  struct stat facts{};
  if (::fstat(fd, &facts) != 0 || (uid && facts.st_uid != *uid)) return false;
  std::array<char, 64> target{};
  while (const auto* entry = ::readdir(directory.get())) {
    const auto size = ::readlinkat(fd, entry->d_name, target.data(), target.size());
    if (size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == link) return true;
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return false;
}

std::string command_of(int pid) {
  const auto octets = read_file("/proc/" + std::to_string(pid) + "/comm", 64);
  if (!octets) return {};
  auto text = copy_text(*octets);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<int> newest_processes() {
  std::vector<int> out;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().native();
    if (is_number(name) && name.size() < 10) out.push_back(std::stoi(name));
  }
  std::sort(out.rbegin(), out.rend());
  return out;
}

// A table of /proc/net: the one socket whose local "port" and user match; two of them are no answer.
std::uint64_t inode_in_table(const std::string& name, unsigned port, const std::optional<std::uint32_t>& uid) {
  const auto octets = read_file("/proc/thread-self/net/" + name, kMostSocketTable);
  if (!octets) return 0;
  std::istringstream lines(copy_text(*octets));
  std::string line;
  std::getline(lines, line);
  std::uint64_t found = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits;
    std::uint64_t user = 0, timeout = 0, inode = 0;
    if (!(words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode))
      continue;
    const auto colon = local.rfind(':');
    if (colon == std::string::npos || std::strtoul(local.c_str() + colon + 1, nullptr, 16) != port) continue;
    if (uid && user != *uid) continue;
    if (found != 0) return 0;
    found = inode;
  }
  return found;
}

}  // namespace

Result<SocketOwners> SocketOwners::open() {
  KW_TRY(auto socket, NetlinkSocket::open(NETLINK_SOCK_DIAG, 0));
  return SocketOwners(std::move(socket));
}

std::uint64_t SocketOwners::ask(const PacketLog& packet, bool exact) {
  const int flags = exact ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_DUMP;
  MessageBuilder request(SOCK_DIAG_BY_FAMILY, static_cast<std::uint16_t>(flags));
  auto& body = request.extra<inet_diag_req_v2>();
  body.sdiag_family = static_cast<Byte>(packet.family);
  body.sdiag_protocol = packet.protocol;
  body.idiag_states = ~0U;
  body.id.idiag_cookie[0] = body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  if (exact) fill_tuple(packet, body.id);
  std::uint64_t inode = 0;
  const auto done = socket_.ask(request.view(), [&](ByteView datagram) -> Result<bool> {
    Messages messages(datagram);
    while (const auto message = messages.next()) {
      if (message->header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return true;
      const auto found = plain<inet_diag_msg>(message->payload);
      if (!found) return true;
      const bool fits =
          found->id.idiag_sport == htons(packet.packet.source_port) && (!packet.uid || found->idiag_uid == *packet.uid);
      if (fits && inode == 0) inode = found->idiag_inode;
    }
    return exact;
  });
  return done ? inode : 0;
}

std::uint64_t SocketOwners::inode_of(const PacketLog& packet) {
  if (has_ports(packet)) {
    const auto inode = ask(packet, true);
    return inode != 0 ? inode : ask(packet, false);
  }
  const std::string suffix = packet.family == AF_INET6 ? "6" : "";
  if (packet.echo_id != 0)
    if (const auto inode = inode_in_table("icmp" + suffix, packet.echo_id, packet.uid)) return inode;
  return inode_in_table("raw" + suffix, packet.protocol, packet.uid);
}

Owner SocketOwners::holder_of(std::uint64_t inode, const PacketLog& packet, Point until) {
  const auto link = "socket:[" + std::to_string(inode) + "]";
  const auto fits = [&](int pid) { return holds(pid, link, packet.uid, until); };
  int pid = 0;
  if (const auto found = std::find_if(recent_.begin(), recent_.end(), fits); found != recent_.end()) pid = *found;
  if (pid == 0)
    for (const int one : newest_processes()) {
      if (std::chrono::steady_clock::now() > until) return {};
      if (fits(one)) {
        pid = one;
        break;
      }
    }
  if (pid == 0) return {};
  std::erase(recent_, pid);
  recent_.push_front(pid);
  if (recent_.size() > kMostRecent) recent_.pop_back();
  return {pid, command_of(pid)};
}

Owner SocketOwners::find(const PacketLog& packet, Point until) {
  if (packet.family == 0 || std::chrono::steady_clock::now() > until) return {};
  const auto inode = inode_of(packet);
  if (inode == 0) return {};
  if (const auto known = known_.find(inode); known != known_.end()) return known->second;
  auto owner = holder_of(inode, packet, until);
  if (owner.pid == 0) return {};
  if (known_.size() >= kMostKnown) known_.clear();
  known_.emplace(inode, owner);
  return owner;
}

}  // namespace kw::platform
