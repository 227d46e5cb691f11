#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct DevicePageView {
  std::vector<DeviceView> items;
  std::uint64_t total;
  std::string next;
};
BOOST_DESCRIBE_STRUCT(DevicePageView, (), (items, total, next))
struct DeviceDetailView {
  DeviceView device;
  std::string hardware_digest;
  std::vector<SourceView> hardware_sources;
  std::vector<CertificateView> certificates;
  std::vector<FactView> facts;
  std::vector<OrderView> orders;
};
BOOST_DESCRIBE_STRUCT(DeviceDetailView, (), (device, hardware_digest, hardware_sources, certificates, facts, orders))

struct UninstallOrderView {
  std::string id, expires, order, signing;
};
BOOST_DESCRIBE_STRUCT(UninstallOrderView, (), (id, expires, order, signing))

Result<store::DeviceQuery> query_of(const Call& call) {
  KW_CHECK(call.only({"limit", "cursor", "q", "state", "site", "baselines"}));
  store::DeviceQuery out;
  KW_TRY(out.limit, call.limit());
  KW_TRY(out.cursor, call.query("cursor", 64));
  KW_TRY(out.text, call.query("q", 400));
  KW_TRY(const auto state, call.query("state", 16));
  out.live = store::parse_device_live(state);
  if (!state.empty() && !out.live) return fail(Errc::invalid, "state: unknown");
  KW_TRY(const auto site, call.query("site", 32));
  if (!site.empty()) {
    auto id = SiteId::parse(site);
    if (!id) return fail(Errc::invalid, "site: 32 hex digits");
    out.site = *id;
  }
  KW_TRY(const auto baselines, call.query("baselines", 16));
  if (!baselines.empty() && baselines != "waiting") return fail(Errc::invalid, "baselines: unknown");
  out.baseline_waiting = !baselines.empty();
  out.scope = call.who.scope;
  return out;
}

}  // namespace

void add_device_routes(Api& api, const ApiServices& s) {
  auto& devices = s.devices;
  auto& orders = s.orders;
  api.add("GET", "/devices", "listDevices", [&devices](const Call& call) -> Result<Answer> {
    KW_TRY(const auto query, query_of(call));
    KW_TRY(const auto page, devices.page(query));
    return ok(DevicePageView{views(page.items), page.total, page.next});
  });
  api.add("GET", "/devices/{id}", "getDevice", [&devices, &changes = s.changes](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto detail, devices.detail(id));
    DeviceDetailView out;
    out.device = view(detail.device);
    out.hardware_digest = digest_of(detail.device.hardware);
    out.hardware_sources = sources_of(detail.device.hardware);
    out.certificates = views(detail.certificates, changes.clock().now());
    for (const auto& fact : detail.facts)
      out.facts.push_back({fact.key, fact.value, to_rfc3339(fact.time), fact.source});
    out.orders = views(detail.orders);
    return ok(out);
  });
  api.add("POST", "/devices/{id}/release", "releaseDevice", [&orders](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto order, orders.release(id, reason, call.actor()));
    return ok(view(order), 202);
  });
  api.add("POST", "/devices/{id}/cut", "cutDevice", [&orders](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto order, orders.cut(id, reason, call.actor()));
    return ok(view(order), 202);
  });
  api.add("POST", "/devices/{id}/actions", "orderAction",
          [&orders, &requests = s.requests](const Call& call) -> Result<Answer> {
            KW_TRY(const auto id, call.id<DeviceId>());
            KW_TRY(const auto body, call.body<ActionNew>());
            KW_CHECK(check_text("/reason", body.reason, 1, 200));
            auto wanted = order_of(body);
            KW_TRY(const bool two, requests.needs_two(body.section, body.action, call.who, id));
            if (two) return fail(Errc::wrong_state, "it takes a second person: POST /devices/{id}/requests");
            KW_TRY(const auto order, orders.action(id, std::move(wanted), body.reason, call.actor()));
            return ok(view(order), 202);
          });
  api.add("POST", "/devices/{id}/disable", "disableDevice", [&devices](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto device, devices.disable(id, reason, call.actor()));
    return ok(view(device));
  });
  api.add("POST", "/devices/{id}/uninstall-order", "issueUninstallOrder",
          [&orders](const Call& call) -> Result<Answer> {
            KW_TRY(const auto id, call.id<DeviceId>());
            KW_TRY(const auto reason, reason_of(call));
            KW_TRY(const auto order, orders.uninstall(id, reason, call.actor()));
            return ok(UninstallOrderView{order.id.text(), to_rfc3339(order.expires), to_hex(order.signed_octets),
                                         order.signing ? order.signing->text() : std::string()},
                      201);
          });
}

}  // namespace kw::server
