#pragma once
// compile_frames makes the nft script that keeps frames from leaving which no IP rule has judged.
//
// A packet socket (AF_PACKET) hands its frames to the port without passing the inet hooks, and so past the network
// policy. Table inet kioskward_frames marks what has passed every output hook, at the last priority; table netdev
// kioskward_frames lets the marked frames leave the pinned port, ARP in the kiosk's own name, and the types that policy
// lists; everything else is counted and dropped. Whoever can open a packet socket can also set marks: the mark is
// therefore a secret of 32 bits, made anew for each script, and readable with CAP_NET_ADMIN alone.
//
// With Mode WATCH nothing is dropped, only counted; with OFF the script removes both tables. Deterministic.
#include <string>
#include <string_view>
#include <vector>

#include "kioskward/v1/common.pb.h"

namespace kw::policy {

inline constexpr std::string_view kFramesTable = "kioskward_frames";
inline constexpr std::string_view kFramesCounter = "refused";

struct FrameRules {
  ::kioskward::v1::Mode mode = ::kioskward::v1::OFF;
  std::string interface;              // the pinned port
  std::string address;                // its IPv4 address, without length; empty: no ARP at all
  std::vector<std::uint32_t> ethertypes;
  std::uint32_t mark = 0;
};
[[nodiscard]] std::string compile_frames(const FrameRules& rules);

}  // namespace kw::policy
