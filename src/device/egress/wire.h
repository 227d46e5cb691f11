#pragma once
// read_frame says what a frame that arrived on the pinned interface tells of the place and of the kiosk's own address.
//
//   frame                                                        | meaning
//   from the kiosk's own MAC                                     | AddressClaim "mac": somebody else has it
//   ARP or neighbour advertisement of the kiosk's own address    | AddressClaim "arp", "nd"
//   probe for the kiosk's own address (RFC 5227, RFC 4862)       | AddressClaim "probe"
//   ARP or neighbour advertisement of the gateway's address      | GatewayHeard
//   LLDP                                                         | LldpHeard
//
// Everything else is nothing. Frames are untrusted, as long as the wire makes them, and come with their link header.
// PURE.
#include <array>
#include <optional>
#include <variant>

#include "device/egress/lldp.h"

namespace kw::device {

using Mac = std::array<Byte, 6>;
[[nodiscard]] std::string mac_text(const Mac& mac);
[[nodiscard]] Result<Mac> mac_of(std::string_view text);

/// Addresses are of 4 or 16 octets; empty: none.
struct WireSettings {
  std::string interface;
  Mac mac{};
  Bytes address, gateway;
  friend bool operator==(const WireSettings&, const WireSettings&) = default;
};
/// wire_settings takes them as policy words them. Errc::invalid names the field.
[[nodiscard]] Result<WireSettings> wire_settings(const std::string& interface, const std::string& mac,
                                                 const std::string& address, const std::string& gateway);

struct AddressClaim {
  std::string how;  // "mac", "arp", "nd", "probe"
  std::string mac;  // of who claims
  friend bool operator==(const AddressClaim&, const AddressClaim&) = default;
};
struct GatewayHeard {
  std::string mac;
  friend bool operator==(const GatewayHeard&, const GatewayHeard&) = default;
};
using WireNews = std::variant<LldpHeard, AddressClaim, GatewayHeard>;

inline constexpr std::size_t kMostFrame = 2048;
/// read_frame: nothing for frames of no concern, and for ones that do not hold together.
[[nodiscard]] std::optional<WireNews> read_frame(ByteView frame, const WireSettings& own);
/// gateway_question is a frame that asks the gateway for its MAC in the kiosk's own name; empty without both addresses
/// of IPv4.
[[nodiscard]] Bytes gateway_question(const WireSettings& own);

/// PlaceWire listens on the pinned interface; what it gives is filtered in the kernel, so that silence costs nothing.
/// One thread.
class PlaceWire {
 public:
  virtual ~PlaceWire() = default;
  /// open listens, in place of what was listened to before. Errc::not_found: no such interface; not_permitted.
  virtual Result<> open(const WireSettings& settings) = 0;
  virtual void close() = 0;
  /// descriptor is readable while frames wait; -1 where nothing is listened to.
  [[nodiscard]] virtual int descriptor() const = 0;
  /// take gives frames that arrived, oldest first, at most kMostFrames; ones of the kiosk itself are not among them.
  /// Errc::closed: the interface is gone or another one now; open() again.
  static constexpr std::size_t kMostFrames = 64;
  virtual Result<std::vector<Bytes>> take() = 0;
  /// send puts a frame on the wire.
  virtual Result<> send(ByteView frame) = 0;
};

}  // namespace kw::device
