#pragma once
// Scenario is a city for the simulator: its sites, the kiosks that stand there, and what goes wrong at which of them.
//
//   KW_TRY(const auto city, fleet::parse_scenario(text));
//   for (const auto& site : city.sites)
//     for (const auto& kiosk : site.kiosks) …
//
// The file is TOML and data alone; docs/design/fleet.md has its keys. PURE.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace kw::fleet {

using Seconds = std::chrono::seconds;

inline constexpr std::size_t kMostScenario = 4U << 20;  // octets of a file
inline constexpr std::size_t kMostSites = 256, kMostKiosksOfSite = 512, kMostKiosks = 4096, kMostDeeds = 16;

/// What a kiosk does beside being ordinary.
enum class Act : std::uint8_t {
  offline,           // no connection while it lasts; events wait and come late
  illegal_outbound,  // told, and cut until an administrator releases it
  new_interface,     // the same
  malware,           // found and put into quarantine
  camera_covered,    // until it has lasted
  slow_heartbeat,    // just before the platform would call it silent
  hardware_changed,  // comes with another disk: refused until it has lasted
};
[[nodiscard]] std::string_view name(Act act) noexcept;

struct Deed {
  Act act = Act::offline;
  Seconds at{0};     // since the kiosk was admitted for the first time
  Seconds lasts{0};  // offline, camera_covered, slow_heartbeat, hardware_changed: at least 1
  Seconds every{0};  // again after this long; 0: once
};

struct KioskPlan {
  std::string name;
  std::string address;  // IPv4 or IPv6, without prefix; unique
  std::string mac;      // made of the address where the file has none
  bool real = false;    // a real agent stands there, which is not the simulator's
  std::vector<Deed> deeds;
};

struct SitePlan {
  std::string name, district, address, custodian, custodian_phone;
  std::vector<KioskPlan> kiosks;
};

/// What holds for every kiosk.
struct Rates {
  std::uint32_t events_per_hour = 0;       // ordinary ones
  std::uint32_t history_days = 0;          // a kiosk comes with a spool that reaches back so far
  std::uint32_t history_events = 0;        // ordinary events in it
  std::chrono::milliseconds heartbeat{0};  // 0: as the platform says
};

struct Scenario {
  std::uint64_t seed = 1;
  Rates rates;
  std::vector<SitePlan> sites;
};

/// parse_scenario: Errc::too_large, malformed (TOML), invalid with the key's place; unsupported for another version.
Result<Scenario> parse_scenario(std::string_view text);

}  // namespace kw::fleet
