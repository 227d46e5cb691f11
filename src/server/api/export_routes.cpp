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
struct ExportProfileView { std::string name, source; std::uint64_t version = 0; std::string kind, address, digest, text, problem, saved_by, saved, reason; };
BOOST_DESCRIBE_STRUCT(ExportProfileView, (), (name, source, version, kind, address, digest, text, problem, saved_by, saved, reason))
struct ExportProblemView { std::uint64_t line = 0; std::string key, reason; };
BOOST_DESCRIBE_STRUCT(ExportProblemView, (), (line, key, reason))
struct ExportProfileCheckView { bool ok = true; std::vector<ExportProblemView> problems; };
BOOST_DESCRIBE_STRUCT(ExportProfileCheckView, (), (ok, problems))
struct ExportProfileText { std::string text; };
BOOST_DESCRIBE_STRUCT(ExportProfileText, (), (text))
struct ExportProfileNew { std::uint64_t base = 0; std::string text, reason; };
BOOST_DESCRIBE_STRUCT(ExportProfileNew, (), (base, text, reason))
BOOST_DESCRIBE_STRUCT(ItemsView<ExportProfileView>, (), (items))
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

ExportProfileView view(const ShownProfile& from) {
  constexpr std::array<std::string_view, 3> kSources{"shipped", "file", "saved"};
  const auto& stored = from.stored;
  const bool saved = from.source == ProfileSource::saved;
  return {stored.name,     std::string(kSources.at(static_cast<std::size_t>(from.source))),
          stored.version,  from.kind,
          from.address,    to_hex(stored.digest),
          stored.text,     from.problem,
          stored.saved_by, saved ? to_rfc3339(stored.saved) : "",
          stored.reason};
}

void add_profile_routes(Api& api, ExportService& service) {
  api.add("GET", "/export-profiles", "listExportProfiles", [&service](const Call&) -> Result<Answer> {
    KW_TRY(const auto all, service.profiles());
    ItemsView<ExportProfileView> out;
    for (const auto& one : all) out.items.push_back(view(one));
    return ok(out);
  });
  api.add("GET", "/export-profiles/{name}/versions", "listExportProfileVersions",
          [&service](const Call& call) -> Result<Answer> {
            KW_TRY(auto all, service.profile_versions(call.request.params.at("name")));
            ItemsView<ExportProfileView> out;
            for (auto& one : all) out.items.push_back(view(shown(ProfileSource::saved, std::move(one))));
            return ok(out);
          });
  api.add("POST", "/export-profiles/check", "checkExportProfile", [&service](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<ExportProfileText>());
    ExportProfileCheckView out;
    if (const auto problem = service.check_profile(body.text)) {
      out.ok = false;
      out.problems.push_back({problem->line, problem->key, problem->reason});
    }
    return ok(out);
  });
  api.add(
      "POST", "/export-profiles", "saveExportProfile",
      [&service](const Call& call) -> Result<Answer> {
        KW_TRY(const auto body, call.body<ExportProfileNew>());
        KW_CHECK(check_text("/reason", body.reason, 1, 200));
        KW_TRY(const auto saved, service.save_profile(body.text, body.base, body.reason, call.actor()));
        return ok(view(saved), 201);
      },
      [&service](const Call& call) -> Result<std::map<std::string, std::string>> {
        KW_TRY(const auto body, call.body<ExportProfileNew>());
        KW_CHECK(check_text("/reason", body.reason, 1, 200));
        KW_TRY(const auto saving, service.may_save(body.text, body.base));
        return std::map<std::string, std::string>{{"reason", body.reason},
                                                  {"target", saving.next.name},
                                                  {"version", std::to_string(saving.next.version)},
                                                  {"address", saving.profile.address.text},
                                                  {"before", to_hex(saving.before)},
                                                  {"after", to_hex(saving.next.digest)}};
      });
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
  add_profile_routes(api, service);
  add_request(api, service, "pause", "pauseExport", &ExportService::pause);
  add_request(api, service, "resume", "resumeExport", &ExportService::resume);
  add_request(api, service, "test", "testExport", &ExportService::test);
}

}  // namespace kw::server
