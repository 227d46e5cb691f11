#pragma once
// RegionService keeps the tree of regions and puts sites into it.
//
// Everybody sees the regions of his own scope; who changes the tree has to have the place in his scope. Thread-safe;
// every change is recorded.
#include "server/auth_service.h"

namespace kw::server {

class RegionService {
 public:
  explicit RegionService(Changes& changes) : changes_(changes) {}

  Result<std::vector<store::Region>> list(const store::Scope& scope);
  /// create: Errc::invalid for a parent that is unknown or out of scope, or a kind that is not below the parent's;
  /// Errc::already_exists for a name that the parent has already.
  Result<store::Region> create(const store::RegionId& parent, const std::string& name, store::RegionKind kind,
                               const Principal& who, const std::string& trace);
  /// rename and remove: Errc::not_found out of scope; remove: Errc::conflict while anything hangs on it.
  Result<store::Region> rename(const store::RegionId& id, const std::string& name, const Principal& who,
                               const std::string& trace);
  Result<> remove(const store::RegionId& id, const Principal& who, const std::string& trace);
  /// move_site: Errc::invalid for a region that is unknown or out of scope.
  Result<store::Site> move_site(const SiteId& site, const store::RegionId& region, const Principal& who,
                                const std::string& trace);
  /// place finds the region of a new site: the one named, or the district of that name, which is made where the city
  /// has none, or the city. Errc::invalid out of scope.
  Result<store::RegionId> place(const std::optional<store::RegionId>& region, const std::string& district,
                                const Principal& who, const std::string& trace);
  /// holds tells whether a site lies in this person's scope.
  Result<bool> holds(const Principal& who, const SiteId& site);

 private:
  Changes& changes_;
};

}  // namespace kw::server
