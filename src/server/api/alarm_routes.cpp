#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {
struct AlarmPageView {
  std::vector<AlarmView> items;
  std::uint64_t total;
  std::string next;
};
BOOST_DESCRIBE_STRUCT(AlarmPageView, (), (items, total, next))
}  // namespace

void add_alarm_routes(Api& api, const ApiServices& s) {
  auto& alarms = s.alarms;
  api.add("GET", "/alarms", "listAlarms", [&alarms](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"limit", "cursor", "state", "device"}));
    store::AlarmQuery query;
    query.scope = call.who.scope;
    KW_TRY(query.limit, call.limit());
    KW_TRY(query.cursor, call.query("cursor", 64));
    KW_TRY(const auto state, call.query("state", 16));
    query.state = store::parse_alarm_state(state);
    if (!state.empty() && !query.state) return fail(Errc::invalid, "state: open, acknowledged or closed");
    KW_TRY(const auto device, call.query("device", 32));
    if (!device.empty()) {
      auto id = DeviceId::parse(device);
      if (!id) return fail(Errc::invalid, "device: 32 hex digits");
      query.device = *id;
    }
    KW_TRY(const auto page, alarms.page(query));
    return ok(AlarmPageView{views(page.items), page.total, page.next});
  });
  api.add("POST", "/alarms/{id}/acknowledge", "acknowledgeAlarm", [&alarms](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<AlarmId>());
    KW_TRY(const auto body, call.body<Reason>());
    KW_CHECK(check_text("/reason", body.reason, 1, 200));
    KW_TRY(const auto alarm, alarms.acknowledge(id, body.reason, call.actor()));
    return ok(view(alarm));
  });
}

}  // namespace kw::server
