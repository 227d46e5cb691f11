#pragma once
// Sensor, Enforcer and RulesetPort are the ports between a kiosk's decisions and the machine they are about.
//
// Observations are plain values: the adapters in src/platform/linux make them, recorded ones replay them in tests,
// and everything in src/device that reads them is PURE.
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/enforce.pb.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

enum class Change { present, added, changed, removed };  // present: part of the first snapshot

struct LinkObserved {
  Change change = Change::present;
  int index = 0;
  std::string name;
  std::string kind;  // "ether", "tun", "bridge", "veth", "loopback", "wlan", "ppp", ...
  std::string mac;   // lower case with colons; empty where it has none
  std::string permanent_mac;  // empty where the driver tells none
  bool up = false;
};
struct AddressObserved {
  Change change = Change::present;
  int index = 0;
  std::string interface;
  std::string address;  // with prefix length: "10.66.0.10/24", "fe80::1/64"
  bool link_local = false;
};
struct RouteObserved {
  Change change = Change::present;
  std::string destination;  // "default" or a prefix
  std::string gateway;      // empty for on-link routes
  std::string interface;
};
struct NeighbourObserved {
  Change change = Change::present;
  std::string address;
  std::string mac;  // empty while unresolved
  std::string interface;
};
/// A packet that a rule logged through NFLOG; process fields are empty where they cannot be known.
struct PacketLogged {
  std::string tag;  // the rule's log prefix: what the compiled policy calls this kind of drop
  bool outbound = true;
  std::string protocol;  // "tcp", "udp", "icmp", "icmpv6", or the number
  std::string source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::string interface;
  std::string user;     // numeric uid as text
  std::string process;  // command name
  int pid = 0;
  Duration packet_steady{0};  // when the adapter received it, by the steady clock
};
/// Somebody else changed the kernel's rules.
struct RulesetTouched {
  std::string table;  // empty: more than one, or unknown
};
/// A sensor lost observations (queue overflow); the decision side asks for a new snapshot.
struct SensorLost {
  std::string sensor;
  std::uint64_t lost = 0;
};

using Observation = std::variant<LinkObserved, AddressObserved, RouteObserved, NeighbourObserved, PacketLogged,
                                 RulesetTouched, SensorLost>;

/// A source of observations. start() delivers a snapshot (Change::present) and then every change, on a thread of the
/// sensor's own, until stop() returns or the sensor is destroyed. The sink must be quick and thread-safe.
class Sensor {
 public:
  using Sink = std::function<void(Observation)>;
  virtual ~Sensor() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  virtual Result<> start(Sink sink) = 0;
  virtual void stop() = 0;
  /// snapshot delivers the present state again, as observations with Change::present.
  virtual Result<std::vector<Observation>> snapshot() = 0;
};

/// The kernel's packet rules. A script is nft text; it is applied as one transaction or not at all.
class RulesetPort {
 public:
  virtual ~RulesetPort() = default;
  virtual Result<> apply(const std::string& script) = 0;
  /// read_back lists one table in a stable text form without counters and handles; Errc::not_found where it is absent.
  virtual Result<std::string> read_back(const std::string& family, const std::string& table) = 0;
  struct Counter {
    std::string name;
    std::uint64_t packets = 0, bytes = 0;
  };
  virtual Result<std::vector<Counter>> counters(const std::string& family, const std::string& table) = 0;
  /// generation is a number that each transaction on the rules changes, whoever made it: while it stays, what was read
  /// back holds, but for rules that went with their network device.
  virtual Result<std::uint64_t> generation() = 0;
  /// set_elements lists the elements of one named set, as nft prints them.
  virtual Result<std::vector<std::string>> set_elements(const std::string& family, const std::string& table,
                                                        const std::string& set) = 0;
};

/// The privileged side, behind messages: it verifies signed policy and orders itself and trusts nobody's word.
class Enforcer {
 public:
  virtual ~Enforcer() = default;
  virtual v1::EnforceReply handle(const v1::EnforceRequest& request) = 0;
};

}  // namespace kw::device
