#include "server/api/routes.h"
#include "server/export_service.h"
#include "server/views.h"

namespace kw::server {
namespace {

// clang-format off: one object of the schema a line or two
struct ExportTestView { std::string time, number, result, detail; };
BOOST_DESCRIBE_STRUCT(ExportTestView, (), (time, number, result, detail))
struct ExportTargetView {
  std::string name, kind, address, profile, state;
  bool paused = false, stalled = false;
  std::uint64_t cursor = 0, size = 0, lag = 0;
  std::string oldest;
  std::uint64_t sent = 0, refused = 0, aside = 0, batch = 0, attempts = 0, strays = 0;
  std::string last_success, last_error;
  std::optional<ExportTestView> test;
};
BOOST_DESCRIBE_STRUCT(ExportTargetView, (), (name, kind, address, profile, state, paused, stalled, cursor, size, lag, oldest, sent, refused, aside, batch, attempts, strays, last_success, last_error, test))
struct ExportRefusalView { std::uint64_t index = 0; std::string number, code, time; bool whole = false; std::string state, settled; };
BOOST_DESCRIBE_STRUCT(ExportRefusalView, (), (index, number, code, time, whole, state, settled))
BOOST_DESCRIBE_STRUCT(ItemsView<ExportTargetView>, (), (items))
BOOST_DESCRIBE_STRUCT(ItemsView<ExportRefusalView>, (), (items))
// clang-format on

ExportTargetView view(const ExportStatus& from) {
  ExportTargetView out;
  out.name = from.name;
  out.kind = from.kind;
  out.address = from.address;
  out.profile = from.profile;
  out.state = from.state;
  out.paused = from.stored.paused;
  out.stalled = !from.stored.stall.empty();
  out.cursor = from.stored.cursor;
  out.size = from.size;
  out.lag = from.lag;
  out.oldest = time_text(from.oldest);
  out.sent = from.stored.sent;
  out.refused = from.stored.refused;
  out.aside = from.aside;
  out.batch = from.batch;
  out.attempts = from.attempts;
  out.strays = from.strays;
  out.last_success = time_text(from.stored.last_success);
  out.last_error = from.stored.last_error;
  if (from.test)
    out.test = ExportTestView{to_rfc3339(from.test->time), from.test->number, from.test->result, from.test->detail};
  return out;
}

ExportRefusalView view(const store::ExportRefusal& from) {
  constexpr std::array<std::string_view, 3> kStates{"refused", "asked", "taken"};
  return {from.index,
          from.number,
          from.code,
          to_rfc3339(from.time),
          from.whole,
          std::string(kStates.at(static_cast<std::size_t>(from.state))),
          time_text(from.settled)};
}

using Ask = Result<ExportStatus> (ExportService::*)(const std::string&, const std::string&, const Actor&);

void add_request(Api& api, ExportService& service, const std::string& word, std::string operation, Ask ask) {
  api.add("POST", "/exports/{name}/" + word, std::move(operation), [&service, ask](const Call& call) -> Result<Answer> {
    KW_TRY(const auto reason, reason_of(call));
    KW_TRY(const auto status, (service.*ask)(call.request.params.at("name"), reason, call.actor()));
    return ok(view(status));
  });
}

}  // namespace

void add_export_routes(Api& api, const ApiServices& s) {
  auto& service = s.exports;
  api.add("GET", "/exports", "listExports", [&service](const Call&) -> Result<Answer> {
    KW_TRY(const auto all, service.list());
    ItemsView<ExportTargetView> out;
    for (const auto& one : all) out.items.push_back(view(one));
    return ok(out);
  });
  api.add("GET", "/exports/{name}/refusals", "listExportRefusals", [&service](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({"limit"}));
    KW_TRY(const auto limit, call.limit());
    KW_TRY(const auto all, service.refusals(call.request.params.at("name"), limit));
    ItemsView<ExportRefusalView> out;
    for (const auto& one : all) out.items.push_back(view(one));
    return ok(out);
  });
  api.add("POST", "/exports/{name}/refusals/{number}/resend", "resendExportRefusal",
          [&service](const Call& call) -> Result<Answer> {
            KW_TRY(const auto reason, reason_of(call));
            const auto& params = call.request.params;
            KW_TRY(const auto record, service.resend(params.at("name"), params.at("number"), reason, call.actor()));
            return ok(view(record));
          });
  add_request(api, service, "pause", "pauseExport", &ExportService::pause);
  add_request(api, service, "resume", "resumeExport", &ExportService::resume);
  add_request(api, service, "test", "testExport", &ExportService::test);
}

}  // namespace kw::server
