#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

Result<store::RequestQuery> request_query_of(const Call& call) {
  KW_CHECK(call.only({"state", "device"}));
  store::RequestQuery out;
  out.scope = call.who.scope;
  out.person = call.who.person;
  KW_TRY(const auto state, call.query("state", 16));
  out.state = store::parse_request_state(state);
  if (!state.empty() && !out.state) return fail(Errc::invalid, "state: unknown");
  KW_TRY(const auto device, call.query("device", 32));
  if (!device.empty()) {
    const auto id = DeviceId::parse(device);
    if (!id) return fail(Errc::invalid, "device: 32 hex digits");
    out.device = *id;
  }
  return out;
}

}  // namespace

void add_request_routes(Api& api, const ApiServices& s) {
  auto& requests = s.requests;
  auto& changes = s.changes;
  api.add("POST", "/devices/{id}/requests", "askAction", [&](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto body, call.body<ActionNew>());
    KW_CHECK(check_text("/reason", body.reason, 1, 200));
    KW_TRY(const auto asked, requests.ask(id, order_of(body), body.reason, call.who, call.request.trace));
    return ok(view(asked, changes.clock().now()), 202);
  });
  api.add("GET", "/requests", "listRequests", [&](const Call& call) -> Result<Answer> {
    KW_TRY(const auto query, request_query_of(call));
    KW_TRY(const auto list, requests.page(query));
    return ok(ItemsView<RequestView>{views(list, changes.clock().now())});
  });
  api.add("GET", "/requests/{id}", "getRequest", [&](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<RequestId>());
    KW_TRY(const auto request, requests.get(id));
    auto out = view(request, changes.clock().now());
    out.wanted = RawJson{request.body.empty() ? "null" : request.body};
    return ok(out);
  });
  api.add("POST", "/requests/{id}/approve", "approveRequest", [&](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<RequestId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto request, requests.approve(id, reason, call.who, call.request.trace));
    return ok(view(request, changes.clock().now()));
  });
  api.add("POST", "/requests/{id}/reject", "rejectRequest", [&](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<RequestId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto request, requests.reject(id, reason, call.who, call.request.trace));
    return ok(view(request, changes.clock().now()));
  });
}

}  // namespace kw::server
