#include "device/egress/wire.h"

#include <arpa/inet.h>

#include <algorithm>

#include "device/address_text.h"

namespace kw::device {
namespace {

constexpr std::size_t kHead = 14;
constexpr std::uint16_t kArp = 0x0806, kIpv4 = 0x0800, kIpv6 = 0x86dd;

std::uint16_t u16(ByteView in, std::size_t at) { return static_cast<std::uint16_t>(in[at] << 8 | in[at + 1]); }
bool is(ByteView octets, const Bytes& address) { return !address.empty() && std::ranges::equal(octets, address); }
bool zero(ByteView octets) {
  return std::ranges::all_of(octets, [](Byte b) { return b == 0; });
}
Mac mac_at(ByteView in, std::size_t at) {
  Mac out{};
  std::ranges::copy(in.subspan(at, out.size()), out.begin());
  return out;
}

// RFC 826 over Ethernet: sender's MAC and address at 8 and 14, target's address at 24.
std::optional<WireNews> read_arp(ByteView arp, const WireSettings& own) {
  if (arp.size() < 28 || u16(arp, 0) != 1 || u16(arp, 2) != kIpv4 || arp[4] != 6 || arp[5] != 4) return std::nullopt;
  const auto sender = mac_at(arp, 8);
  const auto source = arp.subspan(14, 4), target = arp.subspan(24, 4);
  if (sender == own.mac) return std::nullopt;
  if (is(source, own.address)) return AddressClaim{"arp", mac_text(sender)};
  if (zero(source) && is(target, own.address)) return AddressClaim{"probe", mac_text(sender)};
  if (is(source, own.gateway)) return GatewayHeard{mac_text(sender)};
  return std::nullopt;
}

// RFC 4861: without extension headers, or it is no neighbour discovery that a host would take.
std::optional<WireNews> read_discovery(ByteView packet, const Mac& sender, const WireSettings& own) {
  constexpr std::size_t kIpHead = 40;
  constexpr Byte kIcmp = 58, kSolicitation = 135, kAdvertisement = 136;
  if (packet.size() < kIpHead + 24 || packet[0] >> 4 != 6 || packet[6] != kIcmp || packet[7] != 255)
    return std::nullopt;
  const auto kind = packet[kIpHead];
  const auto target = packet.subspan(kIpHead + 8, 16);
  if (kind == kAdvertisement && is(target, own.address)) return AddressClaim{"nd", mac_text(sender)};
  if (kind == kAdvertisement && is(target, own.gateway)) return GatewayHeard{mac_text(sender)};
  if (kind == kSolicitation && zero(packet.subspan(8, 16)) && is(target, own.address))
    return AddressClaim{"probe", mac_text(sender)};
  return std::nullopt;
}

Result<Bytes> octets_of(const std::string& address, const char* field) {
  const auto host = host_of(address);
  if (host.empty()) return Bytes();
  Bytes out(host.find(':') == std::string::npos ? 4 : 16);
  if (::inet_pton(out.size() == 4 ? AF_INET : AF_INET6, host.c_str(), out.data()) != 1)
    return fail(Errc::invalid, std::string(field) + ": no address");
  return out;
}

}  // namespace

std::string mac_text(const Mac& mac) {
  std::string out;
  for (const auto octet : mac) out += (out.empty() ? "" : ":") + to_hex({&octet, 1});
  return out;
}

Result<Mac> mac_of(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 != 2)
      digits += text[i];
    else if (text[i] != ':')
      return fail(Errc::invalid, "no MAC");
  }
  const auto octets = from_hex(digits);
  if (!octets || text.size() != 17) return fail(Errc::invalid, "no MAC");
  return to_array<6>(*octets);
}

Result<WireSettings> wire_settings(const std::string& interface, const std::string& mac, const std::string& address,
                                   const std::string& gateway) {
  WireSettings out;
  out.interface = interface;
  if (interface.empty()) return fail(Errc::invalid, "the policy pins no interface");
  KW_TRY(out.mac, mac_of(mac));
  KW_TRY(out.address, octets_of(address, "address"));
  KW_TRY(out.gateway, octets_of(gateway, "gateway"));
  return out;
}

std::optional<WireNews> read_frame(ByteView frame, const WireSettings& own) {
  if (frame.size() < kHead || frame.size() > kMostFrame) return std::nullopt;
  const auto sender = mac_at(frame, 6);
  const auto type = u16(frame, 12);
  const auto payload = frame.subspan(kHead);
  if (sender == own.mac) return AddressClaim{"mac", mac_text(sender)};
  if (type == kLldpType) {
    const auto heard = parse_lldp(payload);
    return heard ? std::optional<WireNews>(*heard) : std::nullopt;
  }
  if (type == kArp) return read_arp(payload, own);
  if (type == kIpv6) return read_discovery(payload, sender, own);
  return std::nullopt;
}

Bytes gateway_question(const WireSettings& own) {
  if (own.address.size() != 4 || own.gateway.size() != 4) return {};
  Bytes out(6, 0xff);
  append(out, own.mac);
  append(out, Bytes{kArp >> 8, kArp & 0xff, 0, 1, kIpv4 >> 8, kIpv4 & 0xff, 6, 4, 0, 1});
  append(out, own.mac);
  append(out, own.address);
  append(out, Bytes(6, 0));
  append(out, own.gateway);
  out.resize(60);  // the least that Ethernet carries
  return out;
}

}  // namespace kw::device
