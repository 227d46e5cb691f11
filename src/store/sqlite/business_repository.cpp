#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

BusinessSession read_business_session(Row& row) {
  BusinessSession out;
  out.id = row.id<BusinessSessionId>();
  out.device = row.id<DeviceId>();
  out.trace = row.id<TraceId>();
  out.span = row.blob();
  out.matter = row.text();
  out.began = row.time();
  out.heard = row.time();
  out.ended = row.optional_time();
  out.reason = row.text();
  out.steps = row.count();
  out.requests = row.count();
  out.errors = row.count();
  out.identity = row.text();
  out.strength = row.text();
  out.owner = row.blob();
  return out;
}
const std::string kSelectBusinessSession =
    "SELECT id, device, trace, span, matter, began, heard, ended, reason, steps, requests, errors, "
    "identity, strength, owner FROM "
    "business_sessions ";

ServiceUnderWay read_under_way(Row& row) {
  ServiceUnderWay out;
  out.span = row.blob();
  out.session = row.id<BusinessSessionId>();
  out.parent = row.blob();
  out.service = row.text();
  out.method = row.text();
  out.path = row.text();
  out.octets = row.count();
  out.began = row.time();
  return out;
}

}  // namespace

Result<> SqliteBusinessSessions::insert(const BusinessSession& s) {
  KW_CHECK(db_.exec("INSERT INTO business_sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    {s.id, s.device, s.trace, s.span, s.matter, s.began, s.heard, s.ended, s.reason, s.steps,
                     s.requests, s.errors, s.identity, s.strength, s.owner}));
  return {};
}
Result<BusinessSession> SqliteBusinessSessions::get(const BusinessSessionId& id) {
  return db_.one<BusinessSession>(kSelectBusinessSession + "WHERE id = ?", {id}, read_business_session);
}
Result<std::vector<BusinessSession>> SqliteBusinessSessions::of_device(const DeviceId& id, std::size_t most) {
  return db_.all<BusinessSession>(kSelectBusinessSession + "WHERE device = ? ORDER BY began DESC, id LIMIT ?",
                                  {id, static_cast<std::uint64_t>(most)}, read_business_session);
}
Result<std::vector<BusinessSession>> SqliteBusinessSessions::open_of(const DeviceId& id) {
  return db_.all<BusinessSession>(kSelectBusinessSession + "WHERE device = ? AND ended IS NULL ORDER BY began", {id},
                                  read_business_session);
}
Result<std::vector<BusinessSession>> SqliteBusinessSessions::quiet(Timestamp heard_before) {
  return db_.all<BusinessSession>(kSelectBusinessSession + "WHERE ended IS NULL AND heard < ? ORDER BY heard LIMIT 100",
                                  {heard_before}, read_business_session);
}
Result<> SqliteBusinessSessions::note(const BusinessSessionId& id, const SessionNews& news, Timestamp now) {
  return at_least_one(db_.exec("UPDATE business_sessions SET steps = steps + ?, requests = requests + ?, errors = "
                               "errors + ?, heard = max(heard, ?) WHERE id = ?",
                               {news.steps, news.requests, news.errors, now, id}),
                      Errc::not_found);
}
Result<> SqliteBusinessSessions::end(const BusinessSessionId& id, const std::string& reason, Timestamp now) {
  return at_least_one(
      db_.exec("UPDATE business_sessions SET ended = ?, reason = ? WHERE id = ? AND ended IS NULL", {now, reason, id}),
      Errc::conflict);
}
Result<> SqliteBusinessSessions::use_mark(ByteView mark, Timestamp expires, Timestamp now) {
  KW_CHECK(db_.exec("DELETE FROM identity_marks WHERE expires < ?", {now}));
  KW_CHECK(db_.exec("INSERT INTO identity_marks VALUES (?, ?)", {mark, expires}));
  return {};
}
Result<> SqliteBusinessSessions::sent(const ServiceUnderWay& r) {
  KW_CHECK(
      db_.exec("INSERT INTO service_requests (span, session, parent, service, method, path, octets, began) VALUES "
               "(?, ?, ?, ?, ?, ?, ?, ?)",
               {r.span, r.session, r.parent, r.service, r.method, r.path, r.octets, r.began}));
  return {};
}
Result<> SqliteBusinessSessions::answered(ByteView span) {
  return at_least_one(db_.exec("DELETE FROM service_requests WHERE span = ?", {span}), Errc::not_found);
}
Result<std::vector<ServiceUnderWay>> SqliteBusinessSessions::under_way() {
  return db_.all<ServiceUnderWay>(
      "SELECT span, session, parent, service, method, path, octets, began FROM service_requests ORDER BY began, span "
      "LIMIT 1000",
      {}, read_under_way);
}

}  // namespace kw::store
