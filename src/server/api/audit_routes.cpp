#include "landing/guard.h"
#include "server/api/file_answer.h"
#include "server/api/routes.h"
#include "server/views.h"

namespace kw::server {
namespace {

struct AuditPageView {
  std::vector<AuditView> items;
  std::uint64_t next_before;
  CheckpointView checkpoint;
};
BOOST_DESCRIBE_STRUCT(AuditPageView, (), (items, next_before, checkpoint))
struct AuditProofView {
  std::uint64_t index;
  std::string leaf_hash;
  std::vector<std::string> path;
  CheckpointView checkpoint;
  std::string signature, key_id;
  bool verified, archived;
};
BOOST_DESCRIBE_STRUCT(AuditProofView, (), (index, leaf_hash, path, checkpoint, signature, key_id, verified, archived))

struct PersonalView {
  std::uint64_t index;
  Params params;
};
BOOST_DESCRIBE_STRUCT(PersonalView, (), (index, params))

Result<std::optional<Timestamp>> time_query(const Call& call, const std::string& name) {
  KW_TRY(const auto text, call.query(name, 40));
  if (text.empty()) return std::optional<Timestamp>();
  auto time = from_rfc3339(text);
  if (!time) return fail(Errc::invalid, name + ": RFC 3339 in UTC");
  return std::optional<Timestamp>(*time);
}

struct ExtractView {
  std::string id, watermark, account, purpose, filter, form, made, expires, state;
  std::uint64_t entries, octets;
  std::string digest;
};
BOOST_DESCRIBE_STRUCT(ExtractView, (),
                      (id, watermark, account, purpose, filter, form, made, expires, state, entries, octets, digest))
BOOST_DESCRIBE_STRUCT(ItemsView<ExtractView>, (), (items))
struct ExtractNew {
  std::string purpose, form;
  std::uint64_t valid_hours;
};
BOOST_DESCRIBE_STRUCT(ExtractNew, (), (purpose, form, valid_hours))

ExtractView view_of(const store::Extract& from, Timestamp now) {
  return {from.id.text(),
          ExtractService::watermark(from),
          from.account,
          from.purpose,
          from.filter,
          from.form,
          to_rfc3339(from.made),
          to_rfc3339(from.expires),
          from.removed || from.expires <= now ? "over" : "ready",
          from.entries,
          from.octets,
          to_hex(from.digest)};
}

Result<Bytes> raw_id_query(const Call& call, const std::string& name) {
  KW_TRY(const auto text, call.query(name, 32));
  if (text.empty()) return Bytes();
  auto octets = from_hex(text);
  if (!octets || octets->size() != 16) return fail(Errc::invalid, name + ": 32 hex digits");
  return octets;
}

Result<int> least_severity(const std::string& word) {
  for (int i = v1::INFO; i <= v1::CRITICAL; ++i)
    if (lower(v1::Severity_Name(static_cast<v1::Severity>(i))) == word) return i;
  return fail(Errc::invalid, "severity: info, notice, warning, serious or critical");
}

Result<store::AuditQuery> audit_query_of(const Call& call) {
  KW_CHECK(call.only(
      {"limit", "before", "type", "device", "person", "from", "to", "result", "severity", "site", "trace", "case"}));
  store::AuditQuery out;
  KW_TRY(out.limit, call.limit());
  if (call.request.query.contains("before")) {
    KW_TRY(out.before, call.query_number("before", 0, 0, INT64_MAX));
  }
  KW_TRY(out.type, call.query("type", 64));
  KW_TRY(out.person, call.query("person", 64));
  KW_TRY(const auto device, call.query("device", 32));
  if (!device.empty()) {
    auto id = DeviceId::parse(device);
    if (!id) return fail(Errc::invalid, "device: 32 hex digits");
    out.device = *id;
  }
  KW_TRY(out.result, call.query("result", 16));
  KW_TRY(const auto site, call.query("site", 32));
  if (!site.empty()) {
    auto id = SiteId::parse(site);
    if (!id) return fail(Errc::invalid, "site: 32 hex digits");
    out.site = *id;
  }
  KW_TRY(const auto severity, call.query("severity", 16));
  if (!severity.empty()) {
    KW_TRY(out.least_severity, least_severity(severity));
  }
  KW_TRY(out.trace, raw_id_query(call, "trace"));
  KW_TRY(out.case_id, raw_id_query(call, "case"));
  KW_TRY(out.from, time_query(call, "from"));
  KW_TRY(out.to, time_query(call, "to"));
  return out;
}

/// words describes a query for the record of who read what.
std::string words(const Call& call) {
  std::string out;
  for (const auto& [name, value] : call.request.query) out += (out.empty() ? "" : "&") + name + "=" + value;
  return landing::masked_text(out);
}

}  // namespace

Result<std::optional<std::vector<SiteId>>> sites_within(EnrolService& enrol, const store::Scope& scope) {
  std::optional<std::vector<SiteId>> out;
  if (scope.whole()) return out;
  KW_TRY(const auto sites, enrol.list_sites(scope));
  out.emplace();
  for (const auto& site : sites) out->push_back(site.id);
  return out;
}

void add_audit_routes(Api& api, const ApiServices& s) {
  auto& audit = s.audit;
  api.add("GET", "/audit", "listAudit", [&audit, &enrol = s.enrol](const Call& call) -> Result<Answer> {
    KW_TRY(auto query, audit_query_of(call));
    KW_TRY(query.within, sites_within(enrol, call.who.scope));
    KW_TRY(const auto list, audit.list(query, words(call), call.actor()));
    AuditPageView out{{}, list.next_before, view(list.checkpoint)};
    for (const auto& item : list.items)
      out.items.push_back(view(item.entry, item.index, item.device_name, item.archived));
    return ok(out);
  });
  api.add("POST", "/audit/{index}/personal", "readPersonal", [&audit](const Call& call) -> Result<Answer> {
    KW_TRY(const auto index, call.number("index"));
    KW_TRY(auto values, audit.personal(index, call.actor()));
    return ok(PersonalView{index, std::move(values)});
  });
  api.add("GET", "/audit/{index}/proof", "getAuditProof", [&audit](const Call& call) -> Result<Answer> {
    KW_TRY(const auto index, call.number("index"));
    KW_TRY(const auto proof, audit.proof(index));
    AuditProofView out{index,          to_hex(proof.leaf), {}, view(proof.head.checkpoint), {}, {},
                       proof.verified, proof.archived};
    for (const auto& hash : proof.path) out.path.push_back(to_hex(hash));
    if (proof.head.object.signatures_size() > 0) {
      out.signature = to_hex(bytes_of(proof.head.object.signatures(0).value()));
      out.key_id = to_hex(bytes_of(proof.head.object.signatures(0).key_id()));
    }
    return ok(out);
  });
  auto& extracts = s.extracts;
  auto& clock = s.changes.clock();
  api.add("POST", "/audit/extracts", "createAuditExtract", [&extracts, &clock](const Call& call) -> Result<Answer> {
    KW_TRY(const auto body, call.body<ExtractNew>());
    KW_CHECK(check_text("/purpose", body.purpose, 1, 200));
    if (body.form != "csv" && body.form != "jsonl") return fail(Errc::invalid, "/form: csv or jsonl");
    if (body.valid_hours < 1 || body.valid_hours > 720) return fail(Errc::invalid, "/valid_hours: 1 to 720");
    KW_TRY(auto query, audit_query_of(call));
    KW_TRY(const auto made,
           extracts.make({std::move(query), words(call), body.purpose, body.form, std::chrono::hours(body.valid_hours)},
                         call.actor()));
    return ok(view_of(made, clock.now()), 201);
  });
  api.add("GET", "/audit/extracts", "listAuditExtracts", [&extracts, &clock](const Call& call) -> Result<Answer> {
    KW_CHECK(call.only({}));
    KW_TRY(const auto list, extracts.list());
    ItemsView<ExtractView> out;
    for (const auto& one : list) out.items.push_back(view_of(one, clock.now()));
    return ok(out);
  });
  api.add("GET", "/audit/extracts/{id}/content", "getAuditExtract", [&extracts](const Call& call) -> Result<Answer> {
    KW_TRY(const auto id, call.id<store::ExtractId>());
    KW_TRY(const auto content, extracts.fetch(id, call.actor()));
    const auto& extract = content.extract;
    const auto watermark = ExtractService::watermark(extract);
    KW_TRY(auto body, stored_file(content.path, extract.octets));
    auto out = file_answer(std::move(body), extract.form == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
                           watermark + "." + extract.form);
    out.headers.emplace_back("X-Kw-Digest", "sm3=" + to_hex(extract.digest));
    out.headers.emplace_back("X-Kw-Watermark", watermark);
    return out;
  });
}

}  // namespace kw::server
