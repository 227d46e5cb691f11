#pragma once
// The small files that say how a system is set up: os-release, the kernel's command line and tables of sockets, apt's
// sources. PURE.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kw::device {

/// parse_os_release reads assignments as os-release(5) has them; quotes are taken off, other lines passed over.
[[nodiscard]] std::map<std::string, std::string> parse_os_release(std::string_view text);

/// serial_consoles gives the serial lines of "console=" on the kernel's command line: "ttyS0", "ttyAMA0", "hvc0".
[[nodiscard]] std::vector<std::string> serial_consoles(std::string_view cmdline);

struct ListenerSeen {
  std::string protocol;  // "tcp", "udp"
  std::string address;   // "0.0.0.0", "::", ...
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  std::string process;  // filled in by who looked: "sshd 812", empty where nobody was found
  friend bool operator==(const ListenerSeen&, const ListenerSeen&) = default;
};
/// parse_sockets reads one table of /proc/net (tcp, tcp6, udp, udp6): sockets that take from anywhere, that is TCP in
/// LISTEN and UDP without a peer. Those on loopback are left out: nobody else reaches them.
/// Errc::malformed where a line is no socket. Source: proc_net_tcp in Linux's documentation.
[[nodiscard]] Result<std::vector<ListenerSeen>> parse_sockets(std::string_view table, std::string_view protocol);
/// is_loopback is for addresses in text form, IPv4 within IPv6 too.
[[nodiscard]] bool is_loopback(std::string_view address);

/// unsigned_options finds entries of apt's sources (one-line and deb822 form) that let go of signatures: "trusted=yes",
/// "allow-insecure=yes" and their fields. It gives the entries' addresses.
[[nodiscard]] std::vector<std::string> unsigned_options(std::string_view sources);

}  // namespace kw::device
