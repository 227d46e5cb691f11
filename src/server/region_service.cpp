#include "server/region_service.h"

#include <algorithm>

namespace kw::server {
namespace {

Result<> in_scope(store::Repositories& r, const Principal& who, const store::RegionId& region, const Error& otherwise) {
  KW_TRY(const bool held, r.regions().holds(who.scope, region));
  return held ? Result<>() : Result<>(otherwise);
}
Error unknown_region() { return Error(Errc::invalid, "/region: unknown"); }

}  // namespace

Result<std::vector<store::Region>> RegionService::list(const store::Scope& scope) {
  return changes_.store().read([&](auto& r) { return r.regions().list(scope); });
}

Result<store::Region> RegionService::create(const store::RegionId& parent, const std::string& name,
                                            store::RegionKind kind, const Principal& who, const std::string& trace) {
  store::Region region;
  region.created = changes_.clock().now();
  region.id = store::RegionId::make(region.created, changes_.random());
  region.parent = parent;
  region.name = name;
  region.kind = kind;
  KW_CHECK(changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_CHECK(in_scope(r, who, parent, Error(Errc::invalid, "/parent: unknown")));
    KW_TRY(const auto above, r.regions().get(parent));
    if (kind <= above.kind) return fail(Errc::invalid, "/kind: not below its parent's");
    KW_CHECK(r.regions().insert(region));
    return change.record({.type = "region.created",
                          .actor = who.actor(trace),
                          .params = {{"region", region.id.text()}, {"name", name}, {"parent", above.name}}});
  }));
  return region;
}

Result<store::Region> RegionService::rename(const store::RegionId& id, const std::string& name, const Principal& who,
                                            const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Region> {
    auto& r = change.repositories();
    KW_CHECK(in_scope(r, who, id, Error(Errc::not_found, "region")));
    KW_TRY(auto region, r.regions().get(id));
    KW_CHECK(r.regions().rename(id, name));
    KW_CHECK(change.record({.type = "region.renamed",
                            .actor = who.actor(trace),
                            .params = {{"region", id.text()}, {"before", region.name}, {"after", name}}}));
    region.name = name;
    return region;
  });
}

Result<> RegionService::remove(const store::RegionId& id, const Principal& who, const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<> {
    auto& r = change.repositories();
    KW_CHECK(in_scope(r, who, id, Error(Errc::not_found, "region")));
    KW_TRY(const auto region, r.regions().get(id));
    KW_CHECK(r.regions().remove(id));
    return change.record({.type = "region.removed",
                          .actor = who.actor(trace),
                          .params = {{"region", id.text()}, {"name", region.name}}});
  });
}

Result<store::Site> RegionService::move_site(const SiteId& site, const store::RegionId& region, const Principal& who,
                                             const std::string& trace) {
  return changes_.run([&](Change& change) -> Result<store::Site> {
    auto& r = change.repositories();
    KW_CHECK(in_scope(r, who, region, unknown_region()));
    KW_TRY(const auto before, r.sites().get(site));
    KW_TRY(const auto from, r.regions().get(before.region));
    KW_TRY(const auto to, r.regions().get(region));
    KW_CHECK(r.sites().move(site, region));
    KW_CHECK(change.record(
        {.type = "site.moved",
         .actor = who.actor(trace),
         .params = {{"site", site.text()}, {"name", before.name}, {"before", from.name}, {"after", to.name}}}));
    return r.sites().get(site);
  });
}

Result<store::RegionId> RegionService::place(const std::optional<store::RegionId>& region, const std::string& district,
                                             const Principal& who, const std::string& trace) {
  auto wanted = region.value_or(store::city_region());
  if (!region && !district.empty()) {
    KW_TRY(const auto all, changes_.store().read([](auto& r) { return r.regions().list({}); }));
    const auto known = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.parent == store::city_region() && one.name == district;
    });
    if (known != all.end()) {
      wanted = known->id;
    } else {
      if (!who.scope.whole()) return fail(Errc::invalid, "/district: unknown");
      KW_TRY(const auto made, create(store::city_region(), district, store::RegionKind::district, who, trace));
      return made.id;
    }
  }
  KW_CHECK(changes_.store().read([&](auto& r) { return in_scope(r, who, wanted, unknown_region()); }));
  return wanted;
}

Result<bool> RegionService::holds(const Principal& who, const SiteId& site) {
  return changes_.store().read(
      [&](auto& r) { return r.regions().holds(who.scope, store::Placed::site, site.bytes()); });
}

}  // namespace kw::server
