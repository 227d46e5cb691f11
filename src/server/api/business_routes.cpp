#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct BusinessSessionView {
  std::string id, trace, matter, began, ended, reason, identity, strength;
  std::uint64_t steps, requests, errors;
};
BOOST_DESCRIBE_STRUCT(BusinessSessionView, (),
                      (id, trace, matter, began, ended, reason, identity, strength, steps, requests, errors))
BOOST_DESCRIBE_STRUCT(ItemsView<BusinessSessionView>, (), (items))
struct TimelineItemView {
  std::uint64_t entry, depth;
  std::string kind, type, result;
  std::int64_t start_us, duration_us, critical_us;
  bool error, moved;
  Params params;
};
BOOST_DESCRIBE_STRUCT(TimelineItemView, (),
                      (entry, depth, kind, type, result, start_us, duration_us, critical_us, error, moved, params))
struct TimelineView {
  std::string trace, session, matter, device, device_name, began, reason;
  bool ended;
  std::int64_t duration_us;
  std::uint64_t errors;
  std::vector<TimelineItemView> items;
};
BOOST_DESCRIBE_STRUCT(TimelineView, (),
                      (trace, session, matter, device, device_name, began, reason, ended, duration_us, errors, items))

BusinessSessionView view_of(const store::BusinessSession& from) {
  return {from.id.text(),
          from.trace.text(),
          from.matter,
          to_rfc3339(from.began),
          time_text(from.ended),
          from.reason,
          from.identity,
          from.strength,
          from.steps,
          from.requests,
          from.errors};
}

TimelineView view_of(const SessionTimeline& from) {
  const auto& line = from.timeline;
  TimelineView out{from.trace.text(),
                   line.session,
                   line.matter,
                   optional_id(from.device),
                   from.device_name,
                   to_rfc3339({line.start_ns}),
                   line.reason,
                   line.ended,
                   line.duration_us,
                   line.errors,
                   {}};
  for (const auto& item : line.items) {
    const auto& source = from.entries.at(item.entry);
    TimelineItemView row{source.index,
                         item.depth,
                         std::string(trail::name(item.kind)),
                         source.entry.type(),
                         source.entry.result(),
                         item.start_us,
                         item.duration_us,
                         item.critical_us,
                         item.error,
                         item.moved,
                         {}};
    for (const auto& [key, value] : source.entry.params()) row.params[key] = value;
    out.items.push_back(std::move(row));
  }
  return out;
}

template <class AnyId>
Result<std::optional<AnyId>> id_query(const Call& call, const std::string& name) {
  KW_TRY(const auto text, call.query(name, 32));
  if (text.empty()) return std::optional<AnyId>();
  const auto id = AnyId::parse(text);
  if (!id) return fail(Errc::invalid, name + ": 32 hex digits");
  return std::optional<AnyId>(*id);
}

}  // namespace

void add_business_routes(Api& api, const ApiServices& s) {
  auto& business = s.business;
  api.add("GET", "/devices/{id}/sessions", "listBusinessSessions", [&business](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<DeviceId>());
    KW_TRY(const auto list, business.of_device(id));
    ItemsView<BusinessSessionView> out;
    for (const auto& one : list) out.items.push_back(view_of(one));
    return ok(out);
  });
  api.add("GET", "/audit/timeline", "getTimeline", [&business, &enrol = s.enrol](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"trace", "session"}));
    TimelineQuery query;
    KW_TRY(query.trace, id_query<TraceId>(call, "trace"));
    KW_TRY(query.session, id_query<store::BusinessSessionId>(call, "session"));
    if (query.trace.has_value() == query.session.has_value())
      return fail(Errc::invalid, "trace or session, one of them");
    KW_TRY(query.within, sites_within(enrol, call.who.scope));
    KW_TRY(const auto timeline, business.timeline(query, call.actor()));
    return ok(view_of(timeline));
  });
}

}  // namespace kw::server
