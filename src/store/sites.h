#pragma once
// Sites is the repository of the places where kiosks stand.
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

struct Site {
  SiteId id;
  std::string name, district, address;
  Timestamp created;
  std::uint64_t devices = 0;  // read only: enabled devices there
};

class Sites {
 public:
  virtual ~Sites() = default;
  virtual Result<> insert(const Site& site) = 0;  // Errc::already_exists for the ID or the name
  virtual Result<Site> get(const SiteId& id) = 0;
  virtual Result<std::vector<Site>> list() = 0;  // by name
};

}  // namespace kw::store
