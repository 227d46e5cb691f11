#include "platform/linux/linux_place_wire.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "platform/linux/os_error.h"

namespace kw::platform {
namespace {

using device::WireSettings;

constexpr std::uint8_t kYes = 250, kNo = 251;  // places that are not known yet while the program is written

sock_filter load(unsigned size, std::uint32_t at) {
  return {static_cast<std::uint16_t>(BPF_LD | size | BPF_ABS), 0, 0, at};
}
sock_filter equals(std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return {BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
}
std::uint32_t number(ByteView octets) {
  std::uint32_t out = 0;
  for (const auto octet : octets) out = out << 8 | octet;
  return out;
}

// Offsets are from the link header: source MAC 6, type 12, ARP's sender 28 and target 38, IPv6's next header 20,
// ICMPv6's type 54.
std::vector<sock_filter> filter_of(const WireSettings& own) {
  const ByteView mac(own.mac);
  std::vector<sock_filter> out{
      load(BPF_W, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
      equals(PACKET_OUTGOING, kNo, 0),
      load(BPF_W, 6),
      equals(number(mac.first(4)), 0, 2),
      load(BPF_H, 10),
      equals(number(mac.subspan(4)), kYes, 0),
      load(BPF_H, 12),
      equals(device::kLldpType, kYes, 0),
  };
  const bool four = own.address.size() == 4 || own.gateway.size() == 4;
  if (four) {
    std::vector<sock_filter> arp{load(BPF_W, 28)};
    if (own.address.size() == 4) arp.push_back(equals(number(own.address), kYes, 0));
    if (own.gateway.size() == 4) arp.push_back(equals(number(own.gateway), kYes, 0));
    arp.push_back(equals(0, 0, kNo));
    arp.push_back(load(BPF_W, 38));
    arp.push_back(equals(own.address.size() == 4 ? number(own.address) : 0xffffffffU, kYes, kNo));
    out.push_back(equals(ETH_P_ARP, 0, static_cast<std::uint8_t>(arp.size())));
    out.insert(out.end(), arp.begin(), arp.end());
  }
  if (own.address.size() == 16 || own.gateway.size() == 16) {
    out.push_back(load(BPF_H, 12));
    out.push_back(equals(ETH_P_IPV6, 0, kNo));
    out.push_back(load(BPF_B, 20));
    out.push_back(equals(IPPROTO_ICMPV6, 0, kNo));
    out.push_back(load(BPF_B, 54));
    out.push_back(equals(135, kYes, 0));
    out.push_back(equals(136, kYes, kNo));
  }
  out.push_back({BPF_RET | BPF_K, 0, 0, 0});
  out.push_back({BPF_RET | BPF_K, 0, 0, device::kMostFrame});
  const auto no = out.size() - 2;
  for (std::size_t i = 0; i < no; ++i) {
    const auto place = [&](std::uint8_t& jump) {
      if (jump == kYes) jump = static_cast<std::uint8_t>(no + 1 - (i + 1));
      if (jump == kNo) jump = static_cast<std::uint8_t>(no - (i + 1));
    };
    if ((out[i].code & 7U) != BPF_JMP) continue;
    place(out[i].jt);
    place(out[i].jf);
  }
  return out;
}

// LLDP goes to addresses that a bridge does not pass on, and that an interface takes when somebody asks for them.
Result<> join(int socket, unsigned index) {
  for (const auto last : std::to_array<std::uint8_t>({0x0e, 0x03, 0x00})) {
    packet_mreq group{};
    group.mr_ifindex = static_cast<int>(index);
    group.mr_type = PACKET_MR_MULTICAST;
    group.mr_alen = 6;
    const std::array<std::uint8_t, 6> to{0x01, 0x80, 0xc2, 0, 0, last};
    std::memcpy(group.mr_address, to.data(), to.size());
    if (::setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      return fail_os("listen to LLDP");
  }
  return {};
}

}  // namespace

Result<> LinuxPlaceWire::open(const WireSettings& settings) {
  socket_.reset();
  interface_ = settings.interface;
  index_ = ::if_nametoindex(interface_.c_str());
  if (index_ == 0) return fail(Errc::not_found, "no interface " + interface_);
  // Protocol 0 hears nothing: the filter is there before the first frame.
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_os("packet socket");
  auto program = filter_of(settings);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
    return fail_os("frame filter");
  KW_CHECK(join(socket.get(), index_));
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(index_);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return fail_os("listen on " + interface_);
  socket_ = std::move(socket);
  return {};
}

bool LinuxPlaceWire::still_there() const { return ::if_nametoindex(interface_.c_str()) == index_; }

Result<std::vector<Bytes>> LinuxPlaceWire::take() {
  if (!socket_) return fail(Errc::closed, "not listening");
  std::vector<Bytes> out;
  std::array<Byte, device::kMostFrame> frame{};
  while (out.size() < kMostFrames) {
    const auto n = ::recv(socket_.get(), frame.data(), frame.size(), 0);
    if (n >= 0) {
      out.emplace_back(frame.begin(), frame.begin() + n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    if (errno != ENETDOWN) return fail_os("read frames");
    if (!still_there()) return fail(Errc::closed, interface_ + " is gone");
  }
  if (out.empty() && !still_there()) return fail(Errc::closed, interface_ + " is gone");
  return out;
}

Result<> LinuxPlaceWire::send(ByteView frame) {
  if (!socket_) return fail(Errc::closed, "not listening");
  if (::send(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size()))
    return fail_os("send a frame");
  return {};
}

}  // namespace kw::platform
