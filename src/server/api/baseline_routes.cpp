#include "policy/baseline.h"
#include "server/api/bodies.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct BaselineDetailView {
  BaselineView info;
  bool readable;    // false: this platform does not know the section's message, or the content is none
  RawJson content;  // null where it is not readable
};
BOOST_DESCRIBE_STRUCT(BaselineDetailView, (), (info, readable, content))

BaselineDetailView whole(const store::Baseline& from) {
  auto shown = policy::baseline_json(from.section, from.content);
  return {view(from), shown.has_value(), RawJson{shown ? std::move(*shown) : "null"}};
}

}  // namespace

void add_baseline_routes(Api& api, const ApiServices& s) {
  auto& baselines = s.baselines;
  api.add("GET", "/devices/{id}/baselines", "listBaselines", [&baselines](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto list, baselines.of_device(id));
    return ok(ItemsView<BaselineView>{views(list)});
  });
  api.add("GET", "/baselines/{id}", "getBaseline", [&baselines](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<BaselineId>());
    KW_TRY(const auto baseline, baselines.get(id));
    return ok(whole(baseline));
  });
  api.add("POST", "/baselines/{id}/approve", "approveBaseline", [&baselines](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<BaselineId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto baseline, baselines.approve(id, reason, call.actor()));
    return ok(view(baseline));
  });
  api.add("POST", "/baselines/{id}/reject", "rejectBaseline", [&baselines](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<BaselineId>());
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto baseline, baselines.reject(id, reason, call.actor()));
    return ok(view(baseline));
  });
}

}  // namespace kw::server
