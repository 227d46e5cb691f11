#include "schema/event_catalogue.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct HealthView {
  std::string status, version;
};
BOOST_DESCRIBE_STRUCT(HealthView, (), (status, version))
struct DeviceCountsView {
  std::uint64_t total, online, offline, cut, disabled, degraded, watching;
};
BOOST_DESCRIBE_STRUCT(DeviceCountsView, (), (total, online, offline, cut, disabled, degraded, watching))
struct LedgerRoomView {
  std::string level;
  std::uint64_t used_percent, total, free, reserve;
  bool writable;
};
BOOST_DESCRIBE_STRUCT(LedgerRoomView, (), (level, used_percent, total, free, reserve, writable))
struct OverviewView {
  DeviceCountsView devices;
  std::uint64_t enrolments_pending, baselines_waiting, requests_waiting, alarms_open, alarms_critical;
  CheckpointView ledger;
  LedgerRoomView ledger_room;
};
BOOST_DESCRIBE_STRUCT(OverviewView, (),
                      (devices, enrolments_pending, baselines_waiting, requests_waiting, alarms_open, alarms_critical,
                       ledger, ledger_room))
struct EventTypeView {
  std::string type, clause, severity;
  bool alarm;
  std::vector<std::string> params, personal;
};
BOOST_DESCRIBE_STRUCT(EventTypeView, (), (type, clause, severity, alarm, params, personal))
BOOST_DESCRIBE_STRUCT(ItemsView<EventTypeView>, (), (items))

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

DeviceCountsView view_of(const std::array<std::uint64_t, store::kDeviceLiveCount>& counts) {
  DeviceCountsView out{0, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
  for (const auto count : counts) out.total += count;
  return out;
}

}  // namespace

void add_platform_routes(Api& api, const ApiServices& s) {
  api.add("GET", "/health", "health",
          [](const Call&) -> Result<Answer> { return ok(HealthView{"ok", std::string(kServerVersion)}); });
  api.add("GET", "/overview", "getOverview",
          [&devices = s.devices, &keeper = s.keeper, &requests = s.requests,
           &watch = s.ledger_watch](const Call& call) -> Result<Answer> {
            KW_TRY(const auto counts, devices.counts(call.who.scope));
            KW_TRY(const auto waiting, requests.waiting_for(call.who));
            KW_TRY(const auto head, keeper.head());
            const auto room = watch.state();
            return ok(OverviewView{view_of(counts.devices),
                                   counts.enrolments_pending,
                                   counts.baselines_waiting,
                                   waiting,
                                   counts.alarms_open,
                                   counts.alarms_critical,
                                   view(head.checkpoint),
                                   {std::string(name(room.level)), room.used_percent, room.total, room.free,
                                    room.reserve, watch.writable()}});
          });
  api.add("GET", "/event-types", "listEventTypes", [](const Call&) -> Result<Answer> {
    ItemsView<EventTypeView> out;
    for (const auto& type : schema::event_types()) {
      out.items.push_back({std::string(type.type), std::string(type.clause), severity_text(type.severity), type.alarm,
                           split(type.params), split(type.personal)});
    }
    return ok(out);
  });
}

void add_live_route(net::Router& router, Api& api, const ApiServices& s) {
  router.websocket(
      std::string(Api::kPrefix) + "/live",
      [&api, &hub = s.hub](const net::Request& request) -> tl::expected<net::WebSocketHandler, net::Response> {
        auto who = api.admit(request, "live");
        if (!who) return tl::unexpected<net::Response>(std::move(who).error());
        auto held = std::make_shared<std::weak_ptr<net::WebSocketSession>>();
        net::WebSocketHandler out;
        out.on_open = [&hub, held, who = *who](std::shared_ptr<net::WebSocketSession> socket) {
          *held = socket;
          if (!hub.add(socket, who)) socket->close();
        };
        out.on_close = [&hub, held] {
          if (const auto socket = held->lock()) hub.remove(socket.get());
        };
        return out;
      });
}

}  // namespace kw::server
