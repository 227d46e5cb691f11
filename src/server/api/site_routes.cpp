#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

Result<store::RegionId> region_id(const std::string& pointer, const std::string& text) {
  auto out = store::RegionId::parse(text);
  if (!out) return fail(Errc::invalid, pointer + ": 32 hex digits");
  return *out;
}

}  // namespace

void add_site_routes(Api& api, const ApiServices& s) {
  auto& regions = s.regions;
  api.add("GET", "/sites", "listSites", [&enrol = s.enrol](const Call& call) -> Result<Answer> {
    KW_TRY(const auto sites, enrol.list_sites(call.who.scope));
    return ok(ItemsView<SiteView>{views(sites)});
  });
  api.add("POST", "/sites", "createSite", [&enrol = s.enrol, &regions](const Call& call) -> Result<Answer> {
    KW_TRY(auto body, call.body<SiteNew>());
    const auto district = body.district.value_or("");
    KW_CHECK(check_text("/name", body.name, 1, 100));
    KW_CHECK(check_text("/district", district, 0, 100));
    KW_CHECK(check_text("/address", body.address, 0, 200));
    std::optional<store::RegionId> named;
    if (body.region) {
      KW_TRY(named, region_id("/region", *body.region));
    }
    store::Site site;
    site.name = std::move(body.name);
    site.address = std::move(body.address);
    KW_TRY(site.region, regions.place(named, district, call.who, call.request.trace));
    KW_TRY(const auto made, enrol.create_site(std::move(site), call.actor()));
    return ok(view(made), 201);
  });
  api.add("POST", "/sites/{id}/region", "moveSite", [&regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<SiteId>());
    KW_TRY(const auto body, call.body<SiteMove>());
    KW_TRY(const auto region, region_id("/region", body.region));
    KW_TRY(const auto site, regions.move_site(id, region, call.who, call.request.trace));
    return ok(view(site));
  });
  api.add("GET", "/regions", "listRegions", [&regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto list, regions.list(call.who.scope));
    return ok(ItemsView<RegionView>{views(list)});
  });
  api.add("POST", "/regions", "createRegion", [&regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<RegionNew>());
    KW_CHECK(check_text("/name", body.name, 1, 100));
    KW_TRY(const auto parent, region_id("/parent", body.parent));
    const auto kind = store::parse_region_kind(body.kind);
    if (!kind) return fail(Errc::invalid, "/kind: district, street or outlet");
    KW_TRY(const auto made, regions.create(parent, body.name, *kind, call.who, call.request.trace));
    return ok(view(made), 201);
  });
  api.add("POST", "/regions/{id}/name", "renameRegion", [&regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::RegionId>());
    KW_TRY(const auto body, call.body<RegionName>());
    KW_CHECK(check_text("/name", body.name, 1, 100));
    KW_TRY(const auto region, regions.rename(id, body.name, call.who, call.request.trace));
    return ok(view(region));
  });
  api.add("DELETE", "/regions/{id}", "deleteRegion", [&regions](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::RegionId>());
    KW_CHECK(regions.remove(id, call.who, call.request.trace));
    return Answer{.status = 204};
  });
}

}  // namespace kw::server
