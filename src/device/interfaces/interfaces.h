#pragma once
// plan_interfaces compares a kiosk's network ports with the one port that it may have, and says what to change.
//
//   seen = port.look();  for (change : plan_interfaces(desired, seen)) port.apply(change);  look again: the plan is empty
//
// The pinned port is the interface of the binding's name; where it was renamed, the one with the pinned MAC (permanent
// MAC first). Changes come in an order that works: what must go first (other ports down, wrong addresses), then identity
// from the link upwards. PURE.
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "device/ports.h"

namespace kw::device {

struct PinnedPort {
  std::string name, mac;      // MAC lower case with colons
  std::string address;        // with prefix length
  std::string gateway;        // empty: none
  std::string gateway_mac;    // empty: not known yet
};

struct InterfacesWanted {
  PinnedPort port;
  bool others_down = false, bring_back = false, restore_identity = false, pin_gateway = false, radios_off = false,
       refuse_autoconfiguration = false;
  std::vector<std::string> resolvers;
  std::set<std::string, std::less<>> tolerated;
};

/// What the machine looks like; made by InterfacePort::look.
struct InterfacesSeen {
  std::vector<LinkObserved> links;
  std::vector<AddressObserved> addresses;
  std::vector<RouteObserved> defaults;  // default routes and halves of them
  struct Neighbour {
    std::string address, mac, interface;
    bool permanent = false;
  };
  std::vector<Neighbour> neighbours;
  std::vector<std::string> resolvers;  // of /etc/resolv.conf
  struct Switch {  // a kernel setting that lets strangers configure the port
    std::string name;  // "net/ipv6/conf/eth0/accept_ra"
    std::string value;
  };
  std::vector<Switch> switches;
  std::vector<std::string> radios_on;  // names of radios that are not blocked
  bool elsewhere = false;              // the pinned port was found in another network namespace
};

struct LinkDown { int index = 0; std::string name, kind; friend bool operator==(const LinkDown&, const LinkDown&) = default; };
struct BringBack { std::string name; friend bool operator==(const BringBack&, const BringBack&) = default; };
struct Rename { int index = 0; std::string from, to; friend bool operator==(const Rename&, const Rename&) = default; };
struct SetMac { int index = 0; std::string from, to; friend bool operator==(const SetMac&, const SetMac&) = default; };
struct LinkUp { int index = 0; std::string name; friend bool operator==(const LinkUp&, const LinkUp&) = default; };
struct RemoveAddress { int index = 0; std::string address; friend bool operator==(const RemoveAddress&, const RemoveAddress&) = default; };
struct AddAddress { int index = 0; std::string address; friend bool operator==(const AddAddress&, const AddAddress&) = default; };
struct RemoveDefault { std::string destination, gateway, interface; friend bool operator==(const RemoveDefault&, const RemoveDefault&) = default; };
struct SetDefault { int index = 0; std::string gateway; friend bool operator==(const SetDefault&, const SetDefault&) = default; };
struct PinNeighbour { int index = 0; std::string address, mac, from; friend bool operator==(const PinNeighbour&, const PinNeighbour&) = default; };
struct SetResolvers { std::vector<std::string> from, to; friend bool operator==(const SetResolvers&, const SetResolvers&) = default; };
struct SetSwitch { std::string name, from, to; friend bool operator==(const SetSwitch&, const SetSwitch&) = default; };
struct RadioOff { std::string name; friend bool operator==(const RadioOff&, const RadioOff&) = default; };

using InterfaceChange = std::variant<LinkDown, BringBack, Rename, SetMac, LinkUp, RemoveAddress, AddAddress, RemoveDefault,
                                     SetDefault, PinNeighbour, SetResolvers, SetSwitch, RadioOff>;

[[nodiscard]] std::vector<InterfaceChange> plan_interfaces(const InterfacesWanted& wanted, const InterfacesSeen& seen);

/// InterfaceWord tells a change in the words of the event catalogue: "link.down", what it concerns, from, to.
struct InterfaceWord {
  std::string action, subject, from, to;
};
[[nodiscard]] InterfaceWord word_of(const InterfaceChange& change);

/// InterfacePort is the machine's side. apply() carries out one change at once; look() reads everything back.
class InterfacePort {
 public:
  virtual ~InterfacePort() = default;
  /// `pinned` says which port to look for elsewhere and whose settings to read.
  virtual Result<InterfacesSeen> look(const PinnedPort& pinned) = 0;
  virtual Result<> apply(const InterfaceChange& change) = 0;
  /// owner names the process that made or holds an interface (a tunnel's program), "" where nobody can be found.
  [[nodiscard]] virtual std::string owner(const std::string& interface) = 0;
  struct Origin {
    std::string path, driver, permanent_mac;
  };
  virtual Result<Origin> origin(const std::string& interface) = 0;
};

}  // namespace kw::device
