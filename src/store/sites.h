#pragma once
// Sites is the repository of the places where kiosks stand.
#include <string>
#include <vector>

#include "base/id.h"
#include "store/regions.h"

namespace kw::store {

struct Site {
  SiteId id;
  std::string name;
  std::string district;  // read only: the name of its region; empty for the city itself
  std::string address;
  Timestamp created;
  std::uint64_t devices = 0;  // read only: enabled devices there
  RegionId region = city_region();
};

class Sites {
 public:
  virtual ~Sites() = default;
  virtual Result<> insert(const Site& site) = 0;  // Errc::already_exists for the ID or the name
  virtual Result<Site> get(const SiteId& id) = 0;
  virtual Result<std::vector<Site>> list(const Scope& scope = {}) = 0;  // by name
  virtual Result<> move(const SiteId& id, const RegionId& region) = 0;
};

}  // namespace kw::store
