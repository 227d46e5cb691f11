#pragma once
// Regions is the repository of the tree of places (city, district, street, outlet) and of what lies in whose scope.
//
// A site belongs to one region. A scope is a set of regions with everything below them. Source: GB/T 22239 8.1.5
// (an administrator works in his own area only).
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

using RegionId = Id<struct RegionTag>;

enum class RegionKind { city, district, street, outlet };
[[nodiscard]] std::string_view name(RegionKind kind) noexcept;
[[nodiscard]] std::optional<RegionKind> parse_region_kind(std::string_view text) noexcept;

/// city_region is the root of the tree; the store has it from the beginning.
[[nodiscard]] inline RegionId city_region() noexcept {
  RawId raw{};
  raw.back() = 1;
  return RegionId(raw);
}

struct Region {
  RegionId id;
  RegionId parent;  // nil for the city
  std::string name;
  RegionKind kind = RegionKind::district;
  Timestamp created;
  std::uint64_t sites = 0;  // read only: of this region itself
};

/// Scope is where somebody may look and act: these regions and all below. Without a region it holds nothing.
struct Scope {
  std::vector<RegionId> regions{city_region()};
  [[nodiscard]] bool whole() const noexcept {
    for (const auto& region : regions)
      if (region == city_region()) return true;
    return false;
  }
};

/// What can lie in a region: each has a site, by itself or through its device.
enum class Placed { site, device, baseline, media, enrolment, alarm, request };

class Regions {
 public:
  virtual ~Regions() = default;
  virtual Result<> insert(const Region& region) = 0;  // Errc::already_exists for the ID, or the name under its parent
  virtual Result<Region> get(const RegionId& id) = 0;
  virtual Result<std::vector<Region>> list(const Scope& scope) = 0;  // by kind and name
  virtual Result<> rename(const RegionId& id, const std::string& name) = 0;
  virtual Result<> remove(const RegionId& id) = 0;  // Errc::conflict while a site, a region or a scope hangs on it
  /// chain is a region and what is above it, the city last; empty for an unknown one.
  virtual Result<std::vector<RegionId>> chain(const RegionId& id) = 0;
  /// chain_of is that of the region where a device stands; empty for an unknown one.
  virtual Result<std::vector<RegionId>> chain_of(const DeviceId& device) = 0;
  virtual Result<std::vector<RegionId>> chain_of(const SiteId& site) = 0;
  /// holds tells whether an object lies in a scope; false for one that does not exist, and for one without a place
  /// unless the scope is the whole city.
  virtual Result<bool> holds(const Scope& scope, Placed what, ByteView id) = 0;
  virtual Result<bool> holds(const Scope& scope, const RegionId& region) = 0;
};

}  // namespace kw::store
