#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {

void add_site_routes(Api& api, const ApiServices& s) {
  api.add("GET", "/sites", "listSites", [&enrol = s.enrol](const Call&) -> Result<Answer> {
    KW_TRY(const auto sites, enrol.list_sites());
    return ok(ItemsView<SiteView>{views(sites)});
  });
  api.add("POST", "/sites", "createSite", [&enrol = s.enrol](const Call& call) -> Result<Answer> {
    KW_TRY(auto body, call.body<SiteNew>());
    KW_CHECK(check_text("/name", body.name, 1, 100));
    KW_CHECK(check_text("/district", body.district, 0, 100));
    KW_CHECK(check_text("/address", body.address, 0, 200));
    store::Site site;
    site.name = std::move(body.name);
    site.district = std::move(body.district);
    site.address = std::move(body.address);
    KW_TRY(const auto made, enrol.create_site(std::move(site), call.actor()));
    return ok(view(made), 201);
  });
}

}  // namespace kw::server
